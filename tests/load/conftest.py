"""Sizes of the tests with real processes: small in CI, whole with TORTURE=1 (`make torture`), each settable by its variable."""

import os
import random
import sys
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Sizes:
    """How much of everything."""

    postings: int
    kills: int
    database_kills: int
    redis_seconds: int
    stall_seconds: int
    keys: int
    mails: int
    mail_kills: int
    seed: int


CI = {"POSTINGS": 500, "KILLS": 8, "DATABASE_KILLS": 2, "REDIS_SECONDS": 5, "STALL_SECONDS": 5, "KEYS": 10, "MAILS": 1200, "MAIL_KILLS": 3}
WHOLE = {"POSTINGS": 20_000, "KILLS": 200, "DATABASE_KILLS": 20, "REDIS_SECONDS": 60, "STALL_SECONDS": 30, "KEYS": 200, "MAILS": 100_000, "MAIL_KILLS": 10}


def say(text: str) -> None:
    """A line for whoever watches (`-s`) or reads of a failure."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@pytest.fixture(scope="session")
def sizes() -> Sizes:
    """FAULT_POSTINGS, FAULT_KILLS and so on; FAULT_SEED repeats a run's choices."""
    usual = WHOLE if os.environ.get("TORTURE") == "1" else CI
    values = {name.lower(): int(os.environ.get(f"FAULT_{name}") or value) for name, value in usual.items()}
    return Sizes(**values, seed=int(os.environ.get("FAULT_SEED") or random.SystemRandom().randrange(10**6)))
