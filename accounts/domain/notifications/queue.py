"""Writing messages: facts about members become rows, one per member and channel, set-based and once."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

from django.db import transaction
from django.utils import translation

from accounts.domain.notifications import decide, preferences, reach
from accounts.domain.notifications.preferences import Preferences
from accounts.domain.notifications.reach import Reach
from accounts.domain.notifications.rows import MessageRow, insert
from accounts.domain.notifications.scenarios import SCENARIOS
from accounts.domain.notifications.sender import Sender
from accounts.domain.notifications.texts import Wording, Wordings, cell, filled, in_words, title_of
from accounts.models import Message
from accounts.models.notification import CAPPED, OUTSIDE, Category, Channel, MessageState, Reason
from loyalty.lib.locks import Scope, lock
from loyalty.lib.rows import is_one_of

CHUNK = 1000

_wake: list[Callable[[], None]] = []


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell one member. `event_key` names the fact: telling it again does nothing.

    `values` fill the scenario's placeholders (plain: points as int, dates as date); `rows` are label and value, each a text or
    a pair (kind, value) of formats.KINDS. `url` is a path of this site; empty: the scenario's own.
    """

    event_key: str
    member_id: int
    scenario: str
    values: Mapping[str, Any] = field(default_factory=dict)
    rows: Sequence[tuple[Any, Any]] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class Campaign:
    """What a broadcast adds: its own words by language, its row, and its category."""

    broadcast_id: int
    category: Category
    texts: Mapping[str, Wording]
    url: str

    def wording(self, language: str) -> Wording:
        """The words for a reader of a language; who reads another one gets the first."""
        return self.texts.get(language) or next(iter(self.texts.values()))


def wake_with(call: Callable[[], None]) -> None:
    """Say how sending is made prompt. The edge knows the broker; the domain doesn't."""
    _wake[:] = [call]


def announce() -> None:
    """Once the running transaction has committed, wake the senders. The next beat finds what was missed."""
    for call in _wake:
        transaction.on_commit(call, robust=True)


def tell(notices: Iterable[Notice], *, sender: Sender, now: datetime, campaign: Campaign | None = None) -> int:
    """Write the messages of facts. Returns how many facts reach somebody (a member without a log-in hears nothing).

    Costs a constant number of statements per thousand notices. Run it in the transaction that makes the facts known.
    """
    notified = 0
    for chunk in batched(notices, CHUNK):
        with transaction.atomic():
            notified += _tell(chunk, sender=sender, now=now, campaign=campaign)
    if notified:
        announce()
    return notified


def _tell(notices: Sequence[Notice], *, sender: Sender, now: datetime, campaign: Campaign | None) -> int:
    wordings = Wordings({notice.scenario for notice in notices} if campaign is None else ())
    wanted = [notice for notice in notices if wordings.is_on(notice.scenario)]
    ids = sorted({notice.member_id for notice in wanted})
    contacts, wishes = reach.load(ids), preferences.load(ids)
    by_language: dict[str, list[Notice]] = defaultdict(list)
    for notice in wanted:
        if notice.member_id in contacts:
            by_language[contacts[notice.member_id].language].append(notice)
    caps = _Caps(wanted, wishes, sender, now, campaign)
    rows: list[MessageRow] = []
    for language, found in by_language.items():
        with translation.override(language):
            for notice in found:
                known = contacts[notice.member_id]
                rendered = _render(notice, known, wordings, sender=sender, now=now, campaign=campaign)
                rows += _rows(rendered, known, wishes[notice.member_id], caps, sender=sender, now=now)
    insert(rows)
    return sum(len(found) for found in by_language.values())


@dataclass(frozen=True, slots=True)
class _Rendered:
    """The inbox's row, from which those of the other channels are made, and the words for SMS."""

    member_id: int
    category: Category
    inbox: MessageRow
    sms: str


def _render(notice: Notice, known: Reach, wordings: Wordings, *, sender: Sender, now: datetime, campaign: Campaign | None) -> _Rendered:
    """The message in the active language."""
    placeholders: Mapping[str, str] = {}
    if campaign is not None:
        category, url, words = campaign.category, campaign.url, campaign.wording(known.language)
    else:
        kind = SCENARIOS[notice.scenario]
        category, placeholders, url = kind.category, kind.placeholders, notice.url or kind.url
        words = wordings.get(notice.scenario, known.language)
    values = in_words(notice.values, placeholders) | {"programme": sender.name, "name": known.first_name, "link": f"{sender.site_url}{url}"}
    row = MessageRow(
        event_key=notice.event_key,
        member_id=notice.member_id,
        category=str(category),
        channel=str(Channel.INBOX),
        scenario=notice.scenario,
        text_version=words.version,
        broadcast_id=campaign.broadcast_id if campaign else None,
        language=known.language,
        title=title_of(words, values),
        body=filled(words.body, values),
        rows=[[cell(label), cell(value)] for label, value in notice.rows],
        button=words.button,
        url=url,
        state=str(MessageState.DELIVERED),
        reason="",
        priority=category.priority,
        planned_at=now,
        due_at=now,
        in_digest=False,
        created_at=now,
        delivered_at=now,
    )
    return _Rendered(notice.member_id, category, row, filled(words.sms, values))


def _rows(rendered: _Rendered, known: Reach, wishes: Preferences, caps: "_Caps", *, sender: Sender, now: datetime) -> list[MessageRow]:
    """The inbox row, and one for each way outside."""
    rows = [rendered.inbox]
    ways = decide.ways(known, wishes, rendered.category, now=now, zone=sender.zone)
    leaving = [way for way in ways if way.reason is None and not way.in_digest]
    if rendered.category.is_capped and leaving and not caps.take(rendered.member_id, wishes, at=max(way.due_at for way in leaving)):
        ways = [replace(way, reason=Reason.CAP) if way in leaving else way for way in ways]
    for way in ways:
        row = rendered.inbox._replace(
            channel=str(way.channel),
            state=str(MessageState.SUPPRESSED if way.reason else MessageState.QUEUED),
            reason=str(way.reason or ""),
            planned_at=way.due_at,
            due_at=way.due_at,
            in_digest=way.in_digest,
            delivered_at=None,
        )
        rows.append(row._replace(body=rendered.sms, rows=[], button="") if way.channel == Channel.SMS else row)
    return rows


class _Caps:
    """How much of their caps members have used up. Loaded only where it matters, under a lock across processes."""

    def __init__(self, notices: Collection[Notice], wishes: Mapping[int, Preferences], sender: Sender, now: datetime, campaign: Campaign | None) -> None:
        self._zone = sender.zone
        self._counted: dict[int, list[datetime]] = defaultdict(list)
        categories = {campaign.category} if campaign else {SCENARIOS[notice.scenario].category for notice in notices}
        if not any(category.is_capped for category in categories):
            return
        # Other writers of capped messages wait: the caps must hold across processes.
        lock(Scope.CAPS, [0])
        keys = {(notice.member_id, notice.event_key) for notice in notices}
        counted = (
            Message.objects.filter(is_one_of("accounts_message.member_id", wishes), channel__in=OUTSIDE, category__in=CAPPED, in_digest=False)
            .filter(planned_at__gte=now - timedelta(days=8))
            .exclude(state__in=(MessageState.SUPPRESSED, MessageState.FAILED))
        )
        seen = set()
        for member_id, event_key, planned_at in counted.values_list("member_id", "event_key", "planned_at"):
            # One fact sent by two ways counts once, and repeating it not at all.
            if (member_id, event_key) not in seen and (member_id, event_key) not in keys:
                seen.add((member_id, event_key))
                self._counted[member_id].append(planned_at)

    def take(self, member_id: int, wishes: Preferences, *, at: datetime) -> bool:
        """Whether one more fits at an instant; if so, it counts from now on."""
        if not decide.has_room(self._counted[member_id], wishes, at=at, zone=self._zone):
            return False
        self._counted[member_id].append(at)
        return True
