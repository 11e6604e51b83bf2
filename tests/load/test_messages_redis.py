"""Redis dies in the middle of a broadcast and comes back empty, before a worker that lives on: everything goes out, once."""

import threading
from pathlib import Path

import pytest

from tests.load import mailing
from tests.load.cluster import cluster, until
from tests.load.conftest import Sizes, say
from tests.load.mailing import Mailing

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.processes]


@pytest.mark.parametrize("pause", [3, 30])
def test_a_redis_that_comes_back_empty_costs_no_message(sizes: Sizes, tmp_path: Path, pause: int) -> None:
    mails = min(sizes.mails, 300_000 // pause)
    say(f"\na broadcast to {mails} members, Redis gone for {sizes.redis_seconds} s and back empty")
    # A slow provider: a task's slice of time ends before the mails do, and somebody has to be called again. A fast one: the worker idles meanwhile.
    with cluster(**mailing.environment(tmp_path, milliseconds=pause)) as running:
        sent = Mailing(running, tmp_path, mails)
        until(lambda: sent.sent() >= mails / 5, seconds=300, what="a fifth of the mails is sent")
        running.redis.crash()
        at_crash = sent.sent()
        threading.Event().wait(sizes.redis_seconds)
        meanwhile = sent.sent()
        # It keeps nothing on disk: every call that waited is forgotten.
        running.redis.start()
        until(lambda: sent.sent() == mails, seconds=600, what="every mail is sent")
        until(lambda: sent.states() == {"sent": mails}, what="every mail is noted")
        fate, starts = sent.fate(), {service.name: service.starts for service in running.services}
    say(f"{at_crash} mails before, {meanwhile} when it came back, {mails} in the end; {fate.lost} lost, {fate.inside + fate.doubled} came twice; {starts}")
    assert meanwhile < mails or pause == 3
    assert (fate.lost, fate.inside, fate.doubled) == (0, 0, 0)
    # Nobody was started again: the same worker went on.
    assert starts["worker"] == starts["beat"] == 1
