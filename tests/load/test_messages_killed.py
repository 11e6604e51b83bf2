"""Real Celery workers on PostgreSQL and Redis: killed midway, Redis emptied, nothing lost."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import servers

pytestmark = pytest.mark.skipif(not (servers.postgres_programs() and servers.redis_program()), reason="needs PostgreSQL's and Redis's programs")


def test_workers_that_are_killed_lose_nothing_and_an_emptied_redis_neither(repository: Path) -> None:
    """A process of its own: it starts servers, workers and a provider, and asserts what the provider got."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.messages", "--members", "600", "--noops", "20", "--kills", "2", "--check"],
        cwd=repository,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "0 lost" in done.stdout
