"""A broadcast on PostgreSQL and Redis with real Celery workers: `python -m benchmarks.messages [--members 100000]`.

Starts servers of its own. Prints how long queueing takes, what two workers send a second through a provider that takes no time,
beside the same broker's no-op tasks, their memory, how soon a pause holds, and what killing workers loses and doubles.
"""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import harness

_WORKER = ["--quiet", "-A", "loyalty.celery", "worker", "--include", "benchmarks.instant", "--concurrency", "1", "--pool", "solo", "--loglevel", "ERROR"]
_QUIET = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--queues", "security,celery,marketing"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--noops", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--check", action="store_true", help="exit 1 if a message is lost, or more are doubled than workers were killed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zheton-messages-") as folder, _servers(folder) as lab:
        lab.measure(options)


@contextlib.contextmanager
def _servers(folder: str) -> Iterator["Lab"]:
    from tests import servers

    with contextlib.ExitStack() as stack:
        redis = stack.enter_context(servers.redis())
        os.environ.update(REDIS_URL=redis, CELERY_BROKER_URL=redis, ZHETON_VAR=folder, EMAIL_BACKEND="benchmarks.instant.InstantMail")
        os.environ.update(INSTANT_MAIL=f"{folder}/sent", MESSAGE_CLAIM_SECONDS="6")
        stack.enter_context(harness.database())
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        yield Lab(Path(folder))


class Lab:
    """The running servers, and what can be done with them."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "sent"
        self.log.touch()
        self.workers: list[subprocess.Popen[bytes]] = []

    def measure(self, options: argparse.Namespace) -> None:
        """Everything, one after the other."""
        make_members(options.members)
        self.start(options.workers)
        print(f"no-op tasks one by one: {self.noops(options.noops):,.0f}/s with {options.workers} workers")
        first = release("first")
        began = time.perf_counter()
        queue_all()
        print(f"queued {options.members:,} members ({messages(first):,} rows) in {time.perf_counter() - began:.1f} s")
        self.empty()
        before = self.memory()
        rate, highest = self.drain(first)
        print(f"sent {rate:,.0f} mails/s with {options.workers} workers; memory of each {before:.0f} MB before, {highest:.0f} MB at most")
        print(f"each once: {self.doubles()} sent twice, {options.members - len(self.sent())} lost")
        self.empty()
        second = release("second")
        queue_all()
        print(f"paused: the last mail left {self.pause(second, min(1000, options.members // 4)):.1f} s after it")
        empty_redis()
        killed, doubled, lost = self.kill(second, options.kills)
        print(f"{killed} workers killed midway: {lost} lost, {doubled} sent twice (the kill fell inside the provider's call)")
        self.stop()
        if options.check and (lost or doubled > killed):
            sys.exit(1)

    def start(self, many: int) -> None:
        """Start workers, and wait until one answers."""
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

        self.empty()
        nothing.delay(0)
        _until(60, lambda: self.lines() >= 1)
        for n in range(many):
            nothing.delay(n)
        # What is measured is the workers': the queue is full before they are through.
        start, began = self.lines(), time.perf_counter()
        _until(120, lambda: self.lines() > many)
        return (many + 1 - start) / (time.perf_counter() - began)

    def drain(self, broadcast: int) -> tuple[float, float]:
        """Let the workers send a broadcast: mails a second, and the most memory one of them took (MB)."""
        from accounts.tasks import send_marketing

        began, highest = time.perf_counter(), 0.0
        for _ in self.workers:
            send_marketing.delay()
        beat = time.monotonic()
        while waiting(broadcast):
            highest = max(highest, self.memory())
            if time.monotonic() - beat > 5:
                # As beat does.
                send_marketing.delay()
                beat = time.monotonic()
            time.sleep(0.2)
        return len(self.sent()) / (time.perf_counter() - began), highest

    def pause(self, broadcast: int, after: int) -> float:
        """Pause once so many mails have left: after how many seconds the last one did."""
        from accounts.domain.notifications import broadcasts
        from accounts.tasks import send_marketing

        for _ in self.workers:
            send_marketing.delay()
        _until(60, lambda: len(self.sent()) > after)
        at = time.time()
        broadcasts.pause(broadcast)
        time.sleep(4)
        broadcasts.resume(broadcast)
        return max(0.0, max(float(line.split()[1]) for line in self.log.read_text().splitlines()) - at)

    def kill(self, broadcast: int, kills: int) -> tuple[int, int, int]:
        """Kill a worker with SIGKILL again and again while it sends: killed, doubled, lost."""
        from accounts.tasks import send_marketing

        killed = 0
        for _ in self.workers:
            send_marketing.delay()
        beat = time.monotonic()
        while waiting(broadcast):
            time.sleep(1.0)
            if killed < kills:
                victim = self.workers.pop(0)
                victim.send_signal(signal.SIGKILL)
                victim.wait()
                killed += 1
                self.start(1)
            if time.monotonic() - beat > 2:
                send_marketing.delay()
                beat = time.monotonic()
        return killed, self.doubles(), messages(broadcast, channel="email") - len(self.sent())

    def lines(self) -> int:
        """Lines of the provider's log."""
        return self.log.read_bytes().count(b"\n")

    def sent(self) -> set[str]:
        """What the provider got."""
        return {line.split()[0] for line in self.log.read_text().splitlines() if line != "-"}

    def doubles(self) -> int:
        """Mails that the provider got more than once."""
        counts = Counter(line.split()[0] for line in self.log.read_text().splitlines() if line != "-")
        return sum(many - 1 for many in counts.values())

    def empty(self) -> None:
        """Forget what the provider got."""
        os.truncate(self.log, 0)

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
    from loyalty.domain.audience import next_members
    from loyalty.domain.sender import current_sender

    broadcasts.work(audience=next_members, sender=current_sender(), clock=timezone.now)


def empty_redis() -> None:
    """What a broker that was restarted without its data looks like: every wake-up call is gone."""
    import redis

    redis.Redis.from_url(os.environ["CELERY_BROKER_URL"]).flushall()


def messages(broadcast: int, **conditions: Any) -> int:
    """Rows of a broadcast."""
    from accounts.models import Message

    return Message.objects.filter(broadcast_id=broadcast, **conditions).count()


def waiting(broadcast: int) -> bool:
    """Whether something of it is still to be sent."""
    from accounts.models import Message

    return Message.objects.filter(broadcast_id=broadcast, state="queued").exists()


def _until(seconds: float, done: Any) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            sys.exit("The workers don't get through.")
        time.sleep(0.02)


if __name__ == "__main__":
    main()
