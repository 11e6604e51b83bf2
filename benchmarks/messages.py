"""A broadcast on PostgreSQL and Redis with real Celery workers: `python -m benchmarks.messages [--members 100000]`.

Starts servers of its own. Prints how long queueing takes, what two workers send a second through a provider that takes no time,
next to the same workers' no-op tasks, their memory at the start, in the middle and at the end, how soon a pause holds, and how soon
a security message overtakes the broadcast. What killing workers and losing Redis does is tested in tests/load/test_messages_….py.
"""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import harness
from benchmarks.instant import Log, doubles

_WORKER = ["--quiet", "-A", "loyalty.celery", "worker", "--include", "benchmarks.instant", "--concurrency", "1", "--pool", "solo", "--loglevel", "ERROR"]
_QUIET = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--queues", "security,celery,marketing"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--noops", type=int, default=5000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only-queue", action="store_true", help="stop after queueing")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zheton-messages-") as folder, _servers(folder) as lab:
        lab.measure(options)


@contextlib.contextmanager
def _servers(folder: str) -> Iterator["Lab"]:
    from tests import servers

    with contextlib.ExitStack() as stack:
        redis = stack.enter_context(servers.redis())
        os.environ.update(REDIS_URL=redis, CELERY_BROKER_URL=redis, ZHETON_VAR=folder, EMAIL_BACKEND="benchmarks.instant.InstantMail")
        os.environ.update(INSTANT_MAIL=f"{folder}/sent")
        stack.enter_context(harness.database())
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        lab = Lab(Path(folder))
        stack.callback(lab.stop)
        yield lab


class Lab:
    """The running servers, and what can be done with them."""

    def __init__(self, folder: Path) -> None:
        self.log = Log(folder / "sent")
        self.workers: list[subprocess.Popen[bytes]] = []

    def measure(self, options: argparse.Namespace) -> None:
        """Everything, one after the other."""
        make_members(options.members)
        broadcast = release("first")
        began, busy = time.perf_counter(), time.process_time()
        queue_all()
        wall, own = time.perf_counter() - began, time.process_time() - busy
        print(f"queued {options.members:,} members ({messages(broadcast):,} rows) in {wall:.1f} s, {own:.1f} s of them this process's own")
        if options.only_queue:
            return
        self.start(options.workers)
        print(f"no-op tasks one by one: {self.noops(options.noops):,.0f}/s with {options.workers} workers")
        self.log.empty()
        self.drain(broadcast, options.members)

    def start(self, many: int) -> None:
        """Start workers."""
        for n in range(many):
            command = [sys.executable, "-W", "ignore", "-m", "celery", *_WORKER, *_QUIET, "--hostname", f"bench{n}-{time.time_ns()}@%h"]
            environment = {**os.environ, "ZHETON_TESTING": "0", "DEBUG": "", "SECRET_KEY": "benchmark", "ALLOWED_HOSTS": "localhost"}
            self.workers.append(subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL))

    def stop(self) -> None:
        """End the workers."""
        for worker in self.workers:
            worker.kill()
            worker.wait()
        self.workers.clear()

    def noops(self, many: int) -> float:
        """How many tasks that do nothing the workers get through a second."""
        from benchmarks.instant import nothing

        for n in range(20 * len(self.workers)):
            nothing.delay(n)
        _until(60, lambda: self.log.lines() >= 20 * len(self.workers))
        # What is measured is the workers': the queue is filled while they stand still.
        for worker in self.workers:
            worker.send_signal(signal.SIGSTOP)
        for n in range(many):
            nothing.delay(n)
        start, began = self.log.lines(), time.perf_counter()
        for worker in self.workers:
            worker.send_signal(signal.SIGCONT)
        _until(120, lambda: self.log.lines() >= start + many)
        return many / (time.perf_counter() - began)

    def drain(self, broadcast: int, members: int) -> None:
        """Let the workers send; a quarter in, something urgent comes; half way, staff pause."""
        from accounts.domain.notifications import broadcasts

        memory = {"at the start": self.memory()}
        began = time.perf_counter()
        self.wake()
        self.sends(members // 4)
        overtook = self.overtake()
        self.sends(members // 2)
        memory["in the middle"] = self.memory()
        paused, at = time.perf_counter(), time.time()
        broadcasts.pause(broadcast)
        time.sleep(4)
        last = max(one.at for one in self.log.taken()) - at
        broadcasts.resume(broadcast)
        stood = time.perf_counter() - paused
        self.wake()
        self.sends(members)
        _until(30, lambda: not messages(broadcast, state="queued"))
        seconds = time.perf_counter() - began - stood
        memory["at the end"] = self.memory()
        taken = [one for one in self.log.taken() if one.name != overtook[0]]
        lost = messages(broadcast, channel="email") - len({one.name for one in taken})
        print(f"sent {len(taken) / seconds:,.0f} mails/s with {len(self.workers)} workers ({len(taken):,} in {seconds:.0f} s)")
        print("memory of the larger worker: " + ", ".join(f"{value:.0f} MB {when}" for when, value in memory.items()))
        print(f"each once: {len(doubles(taken))} sent twice, {lost} lost")
        print(f"paused: the last mail left {max(0.0, last):.1f} s after it; a security mail overtook the broadcast in {overtook[1]:.1f} s")

    def wake(self) -> None:
        """As a commit, or beat, does."""
        from accounts.tasks import wake_marketing

        for _ in self.workers:
            wake_marketing()

    def sends(self, many: int) -> None:
        """Wait until the provider got so many; wake the workers every 5 s, as beat does."""
        beat = time.monotonic()
        deadline = beat + 600
        while self.log.lines() < many:
            if time.monotonic() - beat > 5:
                self.wake()
                beat = time.monotonic()
            if time.monotonic() > deadline:
                sys.exit("The workers don't get through.")
            time.sleep(0.1)

    def overtake(self) -> tuple[str, float]:
        """A security mail while the broadcast is sent: its name, and after how many seconds it was with the provider."""
        from django.utils import timezone

        from accounts.domain.notifications import queue
        from accounts.models import Member, Message
        from accounts.tasks import wake_messages
        from loyalty.domain.programme import current_sender

        at = time.time()
        member = Member.objects.order_by("pk")[0]
        queue.tell([queue.Notice("urgent", member.pk, "card_blocked", {"card": "•••• 4417"})], sender=current_sender(), now=timezone.now())
        wake_messages()
        # The workers sign the rest of the name with a key of their own.
        begins = f"<{Message.objects.get(event_key='urgent', channel='email').pk}."
        _until(30, lambda: any(one.name.startswith(begins) for one in self.log.taken()))
        found = next(one for one in self.log.taken() if one.name.startswith(begins))
        return found.name, found.at - at

    def memory(self) -> float:
        """Resident memory of the largest worker, MB."""
        found = [0.0]
        for worker in self.workers:
            with contextlib.suppress(OSError, ValueError, IndexError):
                status = Path(f"/proc/{worker.pid}/status").read_text()
                found.append(int(status.split("VmRSS:")[1].split()[0]) / 1024)
        return max(found)


def make_members(many: int) -> None:
    """Members with a log-in, a proven e-mail and consent, by SQL."""
    from django.db import connection

    statements = (
        (
            "INSERT INTO accounts_user (password, is_superuser, is_staff, is_active, signup_pending, date_joined, language, theme, phone_verified, email) "
            "SELECT '!', false, false, true, false, now(), CASE WHEN n %% 3 = 0 THEN 'en' ELSE 'ru' END, 'auto', false, 'm' || n || '@example.org' "
            "FROM generate_series(1, %s) n"
        ),
        'INSERT INTO account_emailaddress (user_id, email, verified, "primary") SELECT id, email, true, true FROM accounts_user',
        (
            "INSERT INTO accounts_member (user_id, email, first_name, last_name, joined_at, created_at) "
            "SELECT id, email, 'Мария', '', now(), now() FROM accounts_user"
        ),
        "INSERT INTO accounts_consent (member_id, kind, given, version, source, at) SELECT id, 'marketing', true, '1', 'bench', now() FROM accounts_member",
        (
            "INSERT INTO accounts_notificationsettings (member_id, timezone, is_quiet, quiet_from, quiet_until, cap_day, cap_week, digest, changed_at) "
            "SELECT id, '', false, '22:00', '08:00', 9, 9, 'off', now() FROM accounts_member"
        ),
        "ANALYZE",
    )
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, [many] if "generate_series" in statement else None)


def release(name: str) -> int:
    """A broadcast to everybody, due now."""
    from django.utils import timezone

    from accounts.domain.notifications import broadcasts
    from accounts.models import Broadcast

    texts = {
        language: {"title": f"{{name}}, {name}", "body": "Десятая чашка за счёт заведения.\n\nДо воскресенья.", "button": "Открыть"}
        for language in ("ru", "en")
    }
    made = Broadcast.objects.create(name=name, texts=texts, url="/offers/")
    broadcasts.schedule(made.pk, at=None, now=timezone.now())
    return made.pk


def queue_all() -> None:
    """Queue what is released, in this process."""
    from django.utils import timezone

    from accounts.domain.notifications import broadcasts
    from loyalty.domain.outreach import next_audience_members
    from loyalty.domain.programme import current_sender

    broadcasts.work(audience=next_audience_members, sender=current_sender(), clock=timezone.now)


def messages(broadcast: int, **conditions: Any) -> int:
    """Rows of a broadcast."""
    from accounts.models import Message

    return Message.objects.filter(broadcast_id=broadcast, **conditions).count()


def _until(seconds: float, done: Any) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            sys.exit("The workers don't get through.")
        time.sleep(0.02)


if __name__ == "__main__":
    main()
