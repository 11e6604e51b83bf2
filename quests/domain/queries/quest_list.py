"""/quests/ and the tiles of the home page."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, QuerySet, Sum

from loyalty.domain.cabinet import text_for_reader
from loyalty.lib.clock import business_day
from loyalty.models import Programme
from quests.domain.queries.cards import QuestCard, cards, running
from quests.enums import QuestState
from quests.models import Completion, QuestGroup

DONE_SHOWN = 3


@dataclass(frozen=True)
class Done:
    """A completion that stands, with its reward."""

    slug: str
    title: str
    icon: str
    on: date
    tokens: int
    points: int
    rewarded: bool


@dataclass(frozen=True)
class Group:
    """A section: quests to do, the nearest to completion first."""

    group: QuestGroup
    title: str
    note: str
    cards: list[QuestCard]


@dataclass(frozen=True)
class QuestsPage:
    """`groups` hold what can be done, opens later or waits; `expired` what ran out lately; `done` the latest completions.

    `tokens_underway`: what the quests that were begun would bring.
    """

    groups: list[Group]
    streaks: list[QuestCard]
    expired: list[QuestCard]
    done: list[Done]
    done_count: int
    done_tokens: int
    tokens_underway: int
    underway: int

    @property
    def done_more(self) -> int:
        return self.done_count - len(self.done)


def quests_page(member_id: int, *, programme: Programme, now: datetime, all_done: bool = False) -> QuestsPage:
    """Everything of the page; `all_done` lists every completion. Nine queries, however many quests."""
    found = cards(running(now).order_by("group__position", "group__slug", "position", "pk"), member_id, programme=programme, now=now)
    to_do = [card for card in found if card.state not in (QuestState.DONE, QuestState.EXPIRED)]
    streaks = [card for card in to_do if card.streak and card.state == QuestState.ACTIVE]
    groups: list[Group] = []
    for card in to_do:
        if card in streaks:
            continue
        group = card.quest.group
        if not groups or groups[-1].group.pk != group.pk:
            groups.append(Group(group, text_for_reader(group.name, group.name_en), text_for_reader(group.note, group.note_en), []))
        groups[-1].cards.append(card)
    for one in groups:
        one.cards.sort(key=_urgency)
    underway = [card for card in to_do if card.state == QuestState.ACTIVE]
    totals = _standing(member_id).aggregate(count=Count("pk"), tokens=Sum("tokens"))
    return QuestsPage(
        groups=groups,
        streaks=streaks,
        expired=[card for card in found if card.state == QuestState.EXPIRED],
        done=done(member_id, programme=programme, limit=None if all_done else DONE_SHOWN),
        done_count=totals["count"],
        done_tokens=totals["tokens"] or 0,
        tokens_underway=sum(card.tokens for card in underway),
        underway=len(underway),
    )


def tiles(member_id: int, *, programme: Programme, now: datetime, limit: int = 3) -> list[QuestCard]:
    """What the home page shows: quests begun, the nearest to completion first, then those that can be begun."""
    found = cards(running(now).order_by("position", "pk"), member_id, programme=programme, now=now)
    ready = [card for card in found if card.state in (QuestState.ACTIVE, QuestState.AVAILABLE)]
    return sorted(ready, key=_urgency)[:limit]


def done(member_id: int, *, programme: Programme, limit: int | None = None) -> list[Done]:
    """Completions that stand, the latest first. One query."""
    rows = _standing(member_id).select_related("progress__quest").order_by("-completed_at", "-pk")
    return [
        Done(
            row.progress.quest.slug,
            text_for_reader(row.progress.quest.title, row.progress.quest.title_en),
            row.progress.quest.icon,
            business_day(row.completed_at, programme.zone),
            row.tokens,
            row.points,
            row.rewarded,
        )
        for row in rows[:limit]
    ]


def _standing(member_id: int) -> QuerySet[Completion]:
    return Completion.objects.filter(progress__member_id=member_id, undone_at__isnull=True)


_STATES = {QuestState.ACTIVE: 0, QuestState.AVAILABLE: 1, QuestState.WAITING: 2, QuestState.LOCKED: 3}


def _urgency(card: QuestCard) -> tuple[int, int, date, int]:
    """Begun first, then the nearest to completion, then the nearest deadline."""
    return (_STATES.get(card.state, 4), -card.share, card.last_day or date.max, card.quest.pk)
