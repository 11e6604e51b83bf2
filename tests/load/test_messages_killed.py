"""A worker that is killed in the middle of a broadcast loses nothing, and sends twice only what was in the provider's call."""

import random
from pathlib import Path

import pytest

from tests.load import mailing
from tests.load.cluster import Cluster, cluster, kill, until
from tests.load.conftest import Sizes, say
from tests.load.mailing import Mailing

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.processes]


def test_workers_that_are_killed_lose_nothing_and_double_only_what_was_in_the_providers_call(sizes: Sizes, tmp_path: Path) -> None:
    say(f"\nFAULT_SEED={sizes.seed}: a broadcast to {sizes.mails} members, {sizes.mail_kills} kills")
    chance = random.Random(sizes.seed)
    moments = sorted(chance.uniform(0.05, 0.9) * sizes.mails for _kill in range(sizes.mail_kills))
    with cluster(**mailing.environment(tmp_path)) as running:
        sent = Mailing(running, tmp_path, sizes.mails)
        for moment in moments:
            until(lambda moment=moment: sent.sent() >= moment, seconds=300, what=f"{moment:.0f} mails are sent")
            until(lambda: kill_worker(running, chance), what="there is a worker to kill")
        until(lambda: sent.sent() == sizes.mails, seconds=300, what="every mail is sent")
        until(lambda: sent.states() == {"sent": sizes.mails}, what="every mail is noted")
        fate = sent.fate()
    say(f"{fate.lost} lost, {fate.inside} came twice because the kill fell inside the provider's call, {fate.doubled} for another reason")
    assert (fate.lost, fate.doubled, fate.states) == (0, 0, {"sent": sizes.mails})
    # A kill of the master takes its two children along.
    assert fate.inside <= 2 * sizes.mail_kills


def kill_worker(running: Cluster, chance: random.Random) -> bool:
    """kill -9 of a process of the worker; False if there is none just now."""
    [worker] = [service for service in running.services if service.name == "worker"]
    alive = sorted(worker.family())
    if alive:
        kill(chance.choice(alive))
    return bool(alive)
