"""A quest as a member sees it: state, progress, deadline, what is left, what opens it. Read by the list, the detail and the tiles."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.models import Member
from loyalty.domain import levels
from loyalty.domain.cabinet import last_day
from loyalty.lib.clock import business_day
from loyalty.models import Programme
from quests.domain.periods import period_around
from quests.domain.rules import Rule
from quests.enums import Period, QuestState, Recurrence, Starts
from quests.models import Contribution, Progress, Quest
from quests.triggers import trigger_of
from quests.triggers.base import StreakTrigger
from quests.triggers.base.conditions import Conditions

# What has run out is still shown for so long.
EXPIRED_FOR = timedelta(days=14)


@dataclass(frozen=True)
class StreakCell:
    """A week or month of a streak: its last day, and whether a purchase filled it (None: it is still to come)."""

    ends: date
    filled: bool | None


@dataclass
class QuestCard:
    """A quest of a member. `value`, `target` and `left` are in the trigger's unit (money where `is_money`).

    `last_day` is the deadline, `opens_on` the day from which it counts, `again_on` the day on which it starts again.
    `locked_by` names quests to complete first, `needs_level` the level it is for. `places_left`: rewards left of a cap.
    """

    quest: Quest
    title: str
    summary: str
    story: str
    state: QuestState
    value: Decimal
    target: Decimal
    left: Decimal
    is_money: bool
    last_day: date | None = None
    opens_on: date | None = None
    again_on: date | None = None
    completed_on: date | None = None
    rounds: int = 0
    rewarded: bool = True
    can_take: bool = False
    taken_on: date | None = None
    days_to_do: int | None = None
    locked_by: list[str] = field(default_factory=list)
    needs_level: str = ""
    places_left: int | None = None
    streak: list[StreakCell] = field(default_factory=list)
    progress_id: int | None = None

    @property
    def tokens(self) -> int:
        return self.quest.reward_tokens

    @property
    def points(self) -> int:
        return self.quest.reward_points

    @property
    def is_counting(self) -> bool:
        """Whether purchases count for it now."""
        return self.state == QuestState.ACTIVE or (self.state == QuestState.AVAILABLE and not self.can_take)

    @property
    def is_over(self) -> bool:
        """Whether nothing more can come of it: completed for good, or too late."""
        return self.state in (QuestState.DONE, QuestState.EXPIRED)

    @property
    def shows_bar(self) -> bool:
        """Whether its progress is worth a look: while it counts, and what was reached in vain."""
        return self.is_counting or (self.state == QuestState.EXPIRED and bool(self.value))

    @property
    def share(self) -> int:
        """Progress in whole percent, for bars of amounts."""
        return min(100, int(self.value * 100 / self.target)) if self.target else 0


@dataclass
class _Known:
    """What cards of one member are made from."""

    programme: Programme
    now: datetime
    joined_at: datetime
    rank: int
    progress: dict[int, list[Progress]]
    requires: dict[int, list[Quest]]
    completed: set[int]
    streaks: dict[int, set[int]]

    @property
    def zone(self) -> ZoneInfo:
        return self.programme.zone


def shown(now: datetime) -> QuerySet[Quest]:
    """Published quests that members may see: from their day on, and a while after their end."""
    rows = Quest.objects.filter(is_published=True).annotate(seen_from=Coalesce("visible_from", "starts_at")).filter(seen_from__lte=now)
    return rows.select_related("group", "min_level")


def running(now: datetime) -> QuerySet[Quest]:
    """Of those, the ones that haven't ended long ago."""
    return shown(now).filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now - EXPIRED_FOR))


def cards(quests: Iterable[Quest], member_id: int, *, programme: Programme, now: datetime) -> list[QuestCard]:
    """The cards of these quests. Five queries, however many quests."""
    found = list(quests)
    known = _load(found, member_id, programme, now)
    return [_card(quest, known) for quest in found]


def _load(quests: Sequence[Quest], member_id: int, programme: Programme, now: datetime) -> _Known:
    ids = [quest.pk for quest in quests]
    requires: dict[int, list[Quest]] = defaultdict(list)
    for link in Quest.requires.through.objects.filter(from_quest_id__in=ids).select_related("to_quest").order_by("pk"):
        requires[link.from_quest_id].append(link.to_quest)
    asked = {*ids, *(other.pk for others in requires.values() for other in others)}
    progress: dict[int, list[Progress]] = defaultdict(list)
    for row in Progress.objects.filter(member_id=member_id, quest_id__in=asked).order_by("window_start"):
        progress[row.quest_id].append(row)
    completed = {quest_id for quest_id, rows in progress.items() if any(row.first_completed_at for row in rows)}
    streak_ids = {quest.pk for quest in quests if isinstance(trigger_of(quest.trigger), StreakTrigger)}
    held = levels.held_by(member_id, at=now)
    [joined_at] = Member.objects.filter(pk=member_id).values_list("joined_at", flat=True)
    return _Known(
        programme,
        now,
        joined_at,
        held.rank if held else -1,
        progress,
        requires,
        completed,
        _streak_keys([row.pk for quest_id in streak_ids for row in progress.get(quest_id, ())]),
    )


def _streak_keys(progress_ids: Collection[int]) -> dict[int, set[int]]:
    """Progress id → weeks or months with something kept of a purchase."""
    if not progress_ids:
        return {}
    left: dict[tuple[int, int | None], tuple[Decimal, str]] = {}
    for progress_id, order_id, value, key in Contribution.objects.filter(progress_id__in=progress_ids).values_list("progress_id", "order_id", "value", "key"):
        before, _key = left.get((progress_id, order_id), (Decimal(0), key))
        left[progress_id, order_id] = (before + value, key)
    found: dict[int, set[int]] = defaultdict(set)
    for (progress_id, _order_id), (value, key) in left.items():
        if value > 0:
            found[progress_id].add(int(key))
    return found


def _card(quest: Quest, known: _Known) -> QuestCard:
    rows = known.progress.get(quest.pk, [])
    current = next((row for row in rows if row.window_start <= known.now and (row.window_end is None or known.now < row.window_end)), None)
    row = current or (rows[-1] if rows else None)
    if row is not None and row is not current and quest.recurrence == Recurrence.EVERY_PERIOD and _open(quest, known):
        # A new period has begun and nothing was bought in it yet.
        row = None
    rule = Rule.of(quest, known.zone)
    value = _value(rule, row, known)
    card = QuestCard(
        quest=quest,
        title=quest.title,
        summary=quest.summary,
        story=quest.story,
        state=QuestState.AVAILABLE,
        value=value,
        target=quest.target,
        left=max(Decimal(0), quest.target - value),
        is_money=rule.trigger.money,
        rounds=row.rounds if row else 0,
        completed_on=business_day(row.completed_at, known.zone) if row and row.completed_at else None,
        taken_on=business_day(row.taken_at, known.zone) if row and row.taken_at else None,
        days_to_do=quest.personal_days,
        places_left=max(0, quest.winners_cap - quest.winners) if quest.winners_cap is not None else None,
        progress_id=row.pk if row else None,
    )
    card.last_day = last_day(_ends(quest, rule, row, known), known.zone)
    if isinstance(rule.trigger, StreakTrigger):
        _draw_streak(card, rule.trigger, row, known)
    card.state = _state(card, row, current, known)
    return card


def _value(rule: Rule, row: Progress | None, known: _Known) -> Decimal:
    """What is done and still stands; all of it once nothing more is to do."""
    if row is None:
        return Decimal(0)
    if row.rounds and not rule.endless:
        return row.value
    return rule.trigger.standing(row.value, row.last_key, business_day(known.now, known.zone))


def _open(quest: Quest, known: _Known) -> bool:
    return quest.starts_at <= known.now and (quest.ends_at is None or known.now < quest.ends_at)


def _ends(quest: Quest, rule: Rule, row: Progress | None, known: _Known) -> datetime | None:
    """The end of the member's window: that of the row, or the one that a purchase now would fall into."""
    if row is not None:
        return row.window_end
    if quest.starts == Starts.TAKEN:
        return quest.ends_at
    window = rule.window(max(known.now, quest.starts_at), known.joined_at)
    return window.end if window else quest.ends_at


def _state(card: QuestCard, row: Progress | None, current: Progress | None, known: _Known) -> QuestState:
    quest = card.quest
    if row is not None and row.rounds and quest.recurrence != Recurrence.AFTER_COMPLETION:
        if quest.recurrence == Recurrence.EVERY_PERIOD and _open(quest, known):
            _first, after = period_around(known.now, Period(quest.period), known.zone)
            if quest.ends_at is None or after < quest.ends_at:
                card.again_on = business_day(after, known.zone)
                return QuestState.WAITING
        return QuestState.DONE
    if known.now < quest.starts_at:
        card.opens_on = business_day(quest.starts_at, known.zone)
        return QuestState.LOCKED
    card.locked_by = [other.title for other in known.requires.get(quest.pk, ()) if other.pk not in known.completed]
    if quest.min_level is not None and quest.min_level.rank > known.rank:
        card.needs_level = quest.min_level.name
    if card.locked_by or card.needs_level:
        return QuestState.LOCKED
    if current is None and not _begins(card, row, known):
        return QuestState.DONE if row is not None and row.rounds else QuestState.EXPIRED
    if quest.starts == Starts.TAKEN and current is None:
        card.can_take = True
        return QuestState.AVAILABLE
    if current is not None and (current.value > 0 or current.taken_at or current.rounds):
        return QuestState.ACTIVE
    return QuestState.AVAILABLE


def _begins(card: QuestCard, row: Progress | None, known: _Known) -> bool:
    """Whether the member can still begin: a window is open to them now, or may be taken."""
    quest = card.quest
    if not _open(quest, known):
        return False
    if quest.starts == Starts.TAKEN:
        return row is None or quest.recurrence != Recurrence.ONCE
    return Rule.of(quest, known.zone).window(known.now, known.joined_at) is not None


def _draw_streak(card: QuestCard, trigger: StreakTrigger, row: Progress | None, known: _Known) -> None:
    """The run that goes on now, and how it stands: a run that a missed week broke is 0."""
    today = business_day(known.now, known.zone)
    this = trigger.number(today)
    filled = known.streaks.get(row.pk, set()) if row else set()
    done = bool(row and row.rounds and card.quest.recurrence != Recurrence.AFTER_COMPLETION)
    last = max(filled, default=this) if done else this
    begin = last if last in filled else last - 1
    run = 0
    while begin - run in filled and run < int(card.target):
        run += 1
    if not done:
        card.value, card.left = Decimal(run), max(Decimal(0), card.target - run)
    first = begin - run + 1 if run else this
    for place in range(min(int(card.target), 12)):
        key = first + place
        state = True if key in filled else (None if key >= this else False)
        card.streak.append(StreakCell(trigger.last_day(key), state))


def conditions(quest: Quest) -> Conditions:
    """The conditions of a quest, for pages that name partners and categories."""
    return Conditions.of(quest.parameters)
