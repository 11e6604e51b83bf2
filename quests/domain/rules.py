"""A quest as the engine reads it: its conditions, its windows, and what a purchase adds. Pure, but for `load`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple, cast
from zoneinfo import ZoneInfo

from django.db.models import Q

from loyalty.lib.clock import business_day, start_of_day
from quests.domain.periods import period_around
from quests.enums import Period, Recurrence, ReturnPolicy, Starts
from quests.models import Quest
from quests.triggers import trigger_of
from quests.triggers.base import NOTHING, PurchaseTrigger, Trigger
from quests.triggers.base.conditions import Conditions
from quests.triggers.base.purchase import Kept, Purchase


class Window(NamedTuple):
    """From when until when a member's purchases count; `end` is the first instant that doesn't. None: without end."""

    start: datetime
    end: datetime | None

    def holds(self, at: datetime) -> bool:
        return self.start <= at and (self.end is None or at < self.end)


class PlannedContribution(NamedTuple):
    """A contribution to be: of a purchase (and a return of it) or a deed."""

    order_id: int | None
    return_id: int | None
    deed_id: int | None
    at: datetime
    value: Decimal
    key: str


@dataclass(slots=True, frozen=True)
class Rule:
    """A published quest, ready to judge purchases. `whole` is its window where everybody's is the same."""

    quest: Quest
    trigger: Trigger
    conditions: Conditions
    zone: ZoneInfo
    requires: tuple[int, ...] = ()
    min_rank: int | None = None
    target: Decimal = field(default=Decimal(1))
    whole: Window | None = None
    at_any_hour: bool = True

    @classmethod
    def of(cls, quest: Quest, zone: ZoneInfo, requires: Sequence[int] = ()) -> "Rule":
        rank = quest.min_level.rank if quest.min_level is not None else None
        conditions = Conditions.of(quest.parameters)
        same = quest.starts == Starts.PUBLICATION and quest.recurrence != Recurrence.EVERY_PERIOD
        whole = Window(quest.starts_at, quest.ends_at) if same else None
        at_any_hour = not conditions.weekdays and conditions.hour_from is None and conditions.hour_to is None
        return cls(quest, trigger_of(quest.trigger), conditions, zone, tuple(requires), rank, quest.target, whole, at_any_hour)

    @property
    def endless(self) -> bool:
        """Whether it begins again after each completion."""
        return self.quest.recurrence == Recurrence.AFTER_COMPLETION

    def window(self, at: datetime, joined_at: datetime) -> Window | None:
        """The window that holds an instant, for quests that begin by themselves; None: it doesn't count then."""
        if self.whole is not None:
            return self.whole if self.whole.holds(at) else None
        quest = self.quest
        if at < quest.starts_at or (quest.ends_at is not None and at >= quest.ends_at):
            return None
        start, end = quest.starts_at, quest.ends_at
        if quest.starts == Starts.JOINED:
            own = self.personal(joined_at)
            if not own.holds(at):
                return None
            start, end = max(start, own.start), own.end
        if quest.recurrence == Recurrence.EVERY_PERIOD:
            first, after = period_around(at, Period(quest.period), self.zone)
            start, end = max(start, first), after if end is None else min(end, after)
        return Window(start, end)

    def personal(self, begun: datetime) -> Window:
        """A member's own window: the days it lasts are whole, the first one comes on top; never longer than the quest."""
        quest = self.quest
        end = quest.ends_at
        if quest.personal_days:
            own = start_of_day(business_day(begun, self.zone) + timedelta(days=quest.personal_days + 1), self.zone)
            end = own if end is None else min(end, own)
        return Window(begun, end)

    def contributions(self, purchase: Purchase) -> list[PlannedContribution]:
        """What a purchase and its returns add: the first is the purchase's own, the others take away."""
        if not self.conditions.at_place(purchase.partner_id, purchase.category_id, purchase.city):
            return []
        return self.contributions_there(purchase)

    def contributions_there(self, purchase: Purchase) -> list[PlannedContribution]:
        """As `contributions`, of a purchase at a place that counts."""
        if not self.trigger.of_purchases or not (self.at_any_hour or self.conditions.at_clock(purchase.local)):
            return []
        trigger = cast(PurchaseTrigger, self.trigger)
        worth = self._worth(trigger, purchase.kept, purchase)
        if not worth:
            return []
        key = trigger.key(purchase)
        contributions = [PlannedContribution(purchase.order_id, None, None, purchase.at, worth, key)]
        if purchase.returns and self.quest.return_policy != ReturnPolicy.IGNORE:
            for back in purchase.returns:
                left = self._worth(trigger, back.kept, purchase)
                if left != worth:
                    contributions.append(PlannedContribution(purchase.order_id, back.return_id, None, back.at, left - worth, key))
                    worth = left
        return contributions

    def _worth(self, trigger: PurchaseTrigger, kept: Kept, purchase: Purchase) -> Decimal:
        if self.conditions.at_least is not None and kept.money < self.conditions.at_least:
            return NOTHING
        return trigger.worth(kept, purchase, self.conditions)


def load(*, zone: ZoneInfo, quests: Iterable[int] | None = None, since: datetime | None = None) -> list[Rule]:
    """Published quests that may still count something dated `since` or later (or the quests named). Two queries."""
    rows = Quest.objects.select_related("min_level")
    if quests is not None:
        rows = rows.filter(pk__in=list(quests))
    else:
        rows = rows.filter(is_published=True)
        if since is not None:
            rows = rows.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=since))
    found = list(rows.order_by("pk"))
    needed: dict[int, list[int]] = {}
    for quest_id, other in Quest.requires.through.objects.order_by("pk").values_list("from_quest_id", "to_quest_id"):
        needed.setdefault(quest_id, []).append(other)
    return [Rule.of(quest, zone, needed.get(quest.pk, ())) for quest in found]
