"""Sending what is queued. The rows are the queue: a task only wakes a worker up, and any number of workers may send.

A worker claims a chunk by moving `due_at` to when its claim lapses, looks once more whether each member still wants it, hands
the messages over outside transactions, and notes each outcome at once, in a commit of its own. So a worker that is killed
loses nothing, and doubles only the messages that were inside a provider's call at that moment (one, or up to `at_once`).
"""

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import uniform
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from accounts.domain.notifications import decide, preferences, providers, reach
from accounts.domain.notifications.channels import CHANNELS
from accounts.domain.notifications.channels.base import Sending
from accounts.domain.notifications.outcome import Outcome
from accounts.domain.notifications.reach import Reach
from accounts.domain.notifications.sender import Sender
from accounts.models import Broadcast, Message
from accounts.models.broadcast import BroadcastState
from accounts.models.notification import Category, MessageState, Reason
from loyalty.lib.commits import dont_wait_for_disk_within
from loyalty.lib.rows import Query, id_set

logger = structlog.get_logger(__name__)

CHUNK = 500
# What a message waits after each failed attempt; after the last it is given up, and waits for staff.
RETRY_AFTER = tuple(timedelta(seconds=seconds) for seconds in (30, 120, 600, 3600, 6 * 3600))
# After this long a message is of no use any more.
TOO_LATE = {Category.SECURITY: timedelta(hours=2)}
TOO_LATE_OTHERS = timedelta(days=3)
# How often a worker looks, while it sends, whether staff paused a broadcast or something more urgent has come.
_LOOK_EVERY = 0.5
_LONGEST_REST = 0.2


@dataclass(slots=True)
class Sent:
    """What a pass did. `work_left`: it stopped while more was due."""

    accepted: int = 0
    failed: int = 0
    suppressed: int = 0
    work_left: bool = False


def any_due(*, now: datetime, priorities: Collection[int] = (0, 1, 2)) -> bool:
    """Whether something waits to be sent now."""
    return any(_due(channel, priorities, now).exists() for channel in CHANNELS)


def send_due(
    *,
    sender: Sender,
    clock: Callable[[], datetime],
    keep_on: Callable[[], bool] = lambda: True,
    priorities: Collection[int] = (0, 1, 2),
    rest: Callable[[float], object] = time.sleep,
    ways: Collection[str] = CHANNELS,
) -> Sent:
    """Send what is due, the most urgent first, until nothing is or `keep_on` says no. Must run outside a transaction."""
    done = Sent()
    made: dict[str, Sending] = {}
    try:
        with dont_wait_for_disk_within():
            while keep_on():
                again_at = [_pass(channel, made, done, sender=sender, clock=clock, keep_on=keep_on, priorities=priorities) for channel in ways]
                if any(at is None for at in again_at):
                    continue
                soon = [at for at in again_at if at is not None and at <= clock() + timedelta(seconds=1)]
                if not soon:
                    return done
                # Only the provider's rate holds us back.
                rest(min(max((min(soon) - clock()).total_seconds(), 0.01), _LONGEST_REST))
            done.work_left = any_due(now=clock(), priorities=priorities)
            return done
    finally:
        for way in made.values():
            way.close()


def retry(message_ids: Collection[int], *, now: datetime) -> int:
    """Queue failed messages once more, with all attempts before them. Returns how many."""
    chosen = Message.objects.filter(pk__in=id_set(message_ids), state=MessageState.FAILED)
    return chosen.update(state=MessageState.QUEUED, reason="", attempts=0, due_at=now, planned_at=now)


# An instant far off: nothing to do for this channel.
_NEVER = timedelta(days=1)


def _pass(
    channel: str,
    made: dict[str, Sending],
    done: Sent,
    *,
    sender: Sender,
    clock: Callable[[], datetime],
    keep_on: Callable[[], bool],
    priorities: Collection[int],
) -> datetime | None:
    """One chunk of a channel. None: there may be more at once; else when it makes sense to look again."""
    now = clock()
    if not _due(channel, priorities, now).exists():
        return now + _NEVER
    way = made.get(channel) or made.setdefault(channel, CHANNELS[channel](sender))
    allowance = providers.allow(way.provider, want=CHUNK, per_second=way.per_second, now=now)
    if not allowance.many:
        return allowance.again_at
    claimed = _claim(channel, priorities, now=now, many=allowance.many)
    if not claimed:
        return now + _NEVER
    _send_chunk(way, claimed, done, sender=sender, clock=clock, keep_on=keep_on)
    return None


def _due(channel: str, priorities: Collection[int], now: datetime) -> QuerySet[Message]:
    found = Message.objects.filter(state=MessageState.QUEUED, channel=channel, priority__in=list(priorities), due_at__lte=now, in_digest=False)
    stopped = list(Broadcast.objects.filter(state__in=(BroadcastState.PAUSED, BroadcastState.CANCELLED)).values_list("pk", flat=True))
    return found.filter(Q(broadcast__isnull=True) | ~Q(broadcast_id__in=stopped)) if stopped else found


def _claim(channel: str, priorities: Collection[int], *, now: datetime, many: int) -> list[Message]:
    """Messages that are ours until the claim lapses, the most urgent first."""
    with transaction.atomic():
        due = _due(channel, priorities, now).order_by("priority", "due_at", "pk").select_for_update(skip_locked=True, of=("self",))
        messages = list(due[:many])
        until = now + timedelta(seconds=settings.MESSAGE_CLAIM_SECONDS)
        Message.objects.filter(pk__in=id_set(message.pk for message in messages)).update(due_at=until, attempts=F("attempts") + 1)
    for message in messages:
        message.due_at = until
        message.attempts += 1
    return messages


def _send_chunk(way: Sending, claimed: Sequence[Message], done: Sent, *, sender: Sender, clock: Callable[[], datetime], keep_on: Callable[[], bool]) -> None:
    ids = {message.member_id for message in claimed}
    contacts, wishes = reach.load(ids), preferences.load(ids)
    leaving: list[tuple[Message, Reach]] = []
    stopped: dict[Reason, list[int]] = defaultdict(list)
    later: dict[datetime, list[int]] = defaultdict(list)
    now = clock()
    for message in claimed:
        category = Category(message.category)
        to, wish = contacts.get(message.member_id), wishes[message.member_id]
        reason = decide.why_not_now(to, wish, category, way.slug)
        if reason is None and now - message.planned_at > TOO_LATE.get(category, TOO_LATE_OTHERS):
            reason = Reason.STALE
        due_at = decide.after_quiet(now, wish, category, zone=sender.zone)
        if to is None or reason is not None:
            stopped[Reason.UNVERIFIED if reason is None else reason].append(message.pk)
        elif due_at > now:
            later[due_at].append(message.pk)
        else:
            leaving.append((message, to))
    for reason, pks in stopped.items():
        _queued(pks).update(state=MessageState.SUPPRESSED, reason=reason)
        done.suppressed += len(pks)
    for due_at, pks in later.items():
        # It didn't get as far as an attempt.
        _queued(pks).update(due_at=due_at, planned_at=due_at, attempts=F("attempts") - 1)
    if leaving:
        way.prepare([message for message, _to in leaving])
        _hand_over(way, leaving, done, clock=clock, keep_on=keep_on)
        way.settle(now=clock())


def _hand_over(way: Sending, leaving: list[tuple[Message, Reach]], done: Sent, *, clock: Callable[[], datetime], keep_on: Callable[[], bool]) -> None:
    """Send one after the other (or a few side by side), noting each outcome; give back what isn't begun when it is time to stop."""
    watch = _Watch(leaving, clock=clock, keep_on=keep_on)
    left = iter(leaving)
    outage = False
    for message, outcome in _outcomes(way, left, watch, clock=clock):
        _note(way, message, outcome, done, now=clock())
        if outcome.is_outage:
            outage = True
            providers.failed(way.provider, error=outcome.error, now=clock())
            watch.stop = True
        elif outcome.is_accepted and watch.first_success():
            providers.succeeded(way.provider)
    rest = [message.pk for message, _to in left] + watch.skipped
    if rest:
        due_at = clock()
        # After an outage the others wait like the one that met it, without having been tried.
        _queued(rest).update(due_at=due_at + RETRY_AFTER[0] if outage else due_at, attempts=F("attempts") - 1)


def _outcomes(way: Sending, left: Iterator[tuple[Message, Reach]], watch: "_Watch", *, clock: Callable[[], datetime]) -> Iterator[tuple[Message, Outcome]]:
    if way.at_once == 1:
        for message, to in watch.wanted(left):
            yield message, _send(way, message, to, clock())
        return
    with ThreadPoolExecutor(way.at_once, thread_name_prefix="messages") as pool:
        running: dict[Future[Outcome], Message] = {}
        for message, to in watch.wanted(left):
            running[pool.submit(_send, way, message, to, clock())] = message
            if len(running) == way.at_once:
                yield from _finished(running)
        while running:
            yield from _finished(running)


def _finished(running: dict[Future[Outcome], Message]) -> Iterator[tuple[Message, Outcome]]:
    for future in wait(running, return_when=FIRST_COMPLETED).done:
        yield running.pop(future), future.result()


def _send(way: Sending, message: Message, to: Reach, now: datetime) -> Outcome:
    try:
        return way.send(message, to, now=now)
    except Exception as error:  # a message that breaks the channel's own code must not hold up the others
        logger.exception("message_broke_its_channel", message_id=message.pk, channel=str(way.slug))
        return Outcome(error=type(error).__name__)


def _note(way: Sending, message: Message, outcome: Outcome, done: Sent, *, now: datetime) -> None:
    """One commit: what became of one message. Nothing, if a receipt or staff have settled it meanwhile."""
    if outcome.is_accepted:
        _note_accepted(way, message, outcome, now=now)
        done.accepted += 1
        return
    mine = Message.objects.filter(pk=message.pk, state=MessageState.QUEUED)
    if outcome.reason in (Reason.BUDGET, Reason.COUNTRY, Reason.UNVERIFIED):
        mine.update(state=MessageState.SUPPRESSED, reason=outcome.reason, error=outcome.error[:200])
        done.suppressed += 1
    elif outcome.reason is not None:
        mine.update(state=MessageState.FAILED, reason=outcome.reason, error=outcome.error[:200], provider=way.provider)
        done.failed += 1
    elif message.attempts > len(RETRY_AFTER):
        mine.update(state=MessageState.FAILED, reason=Reason.GAVE_UP, error=outcome.error[:200], provider=way.provider)
        logger.warning("message_given_up", message_id=message.pk, channel=str(way.slug), attempts=message.attempts)
        done.failed += 1
    else:
        mine.update(due_at=now + RETRY_AFTER[message.attempts - 1] * uniform(1, 1.1), error=outcome.error[:200])
        done.failed += 1


# Written out: this one statement is most of what a message costs, and planning it took longer than running it.
_ACCEPTED = Query[Any](
    f"UPDATE {Message._meta.db_table} SET state = %(state)s, provider = %(provider)s, provider_id = %(provider_id)s, segments = %(segments)s, "
    "cost = %(cost)s, sent_at = %(sent_at)s, delivered_at = %(delivered_at)s, error = '' WHERE id = %(id)s AND state = 'queued'"
)


def _note_accepted(way: Sending, message: Message, outcome: Outcome, *, now: datetime) -> None:
    _ACCEPTED.ask(
        id=message.pk,
        state=MessageState.DELIVERED if outcome.is_delivered else MessageState.SENT,
        provider=way.provider,
        provider_id=outcome.provider_id,
        segments=outcome.segments,
        cost=outcome.cost,
        sent_at=now,
        delivered_at=now if outcome.is_delivered else None,
    ).rows()


def _queued(pks: Iterable[int]) -> QuerySet[Message]:
    return Message.objects.filter(pk__in=id_set(pks), state=MessageState.QUEUED)


class _Watch:
    """While a chunk is sent: is it time to stop, was its broadcast paused, has something more urgent come?"""

    def __init__(self, leaving: Sequence[tuple[Message, Reach]], *, clock: Callable[[], datetime], keep_on: Callable[[], bool]) -> None:
        self.stop = False
        self.skipped: list[int] = []
        self._clock, self._keep_on = clock, keep_on
        # Half of the claim is for sending, the rest for what goes slower than thought.
        self._deadline = clock() + timedelta(seconds=settings.MESSAGE_CLAIM_SECONDS / 2)
        self._broadcasts = {message.broadcast_id for message, _to in leaving if message.broadcast_id}
        self._paused: set[int] = set()
        self._channel = leaving[0][0].channel
        self._lowest = max(message.priority for message, _to in leaving)
        self._looked = time.monotonic()
        self._succeeded = False

    def wanted(self, left: Iterator[tuple[Message, Reach]]) -> Iterator[tuple[Message, Reach]]:
        """The messages to send now; stops between two."""
        while self._may_go_on() and (found := next(left, None)) is not None:
            if found[0].broadcast_id in self._paused:
                self.skipped.append(found[0].pk)
            else:
                yield found

    def first_success(self) -> bool:
        """Whether this is the first message of the chunk that got through."""
        first, self._succeeded = not self._succeeded, True
        return first

    def _may_go_on(self) -> bool:
        if self.stop or time.monotonic() - self._looked < _LOOK_EVERY:
            return not self.stop
        now = self._clock()
        if not self._keep_on() or now > self._deadline:
            self.stop = True
        elif self._broadcasts:
            halted = (BroadcastState.PAUSED, BroadcastState.CANCELLED)
            self._paused = set(Broadcast.objects.filter(pk__in=self._broadcasts, state__in=halted).values_list("pk", flat=True))
        if self._lowest and any_due(now=now, priorities=range(self._lowest)):
            self.stop = True
        self._looked = time.monotonic()
        return not self.stop
