"""What every trigger is made of. A trigger is pure: it says what a purchase is worth, and what must differ or follow on."""

from abc import ABC, abstractmethod
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, ClassVar

from django.db.models import Q

from quests.enums import TriggerKind
from quests.triggers.base.purchase import Kept, Purchase

if TYPE_CHECKING:
    from quests.domain.rules import Conditions

ONE = Decimal(1)
NOTHING = Decimal(0)


class Measure(Enum):
    """How contributions add up: their sum, the number of different keys, or the longest run of keys."""

    SUM = "sum"
    DISTINCT = "distinct"
    STREAK = "streak"


class Trigger(ABC):
    """A kind of quest. `needs` names the conditions of which at least one must be set; `money`: its target is an amount."""

    kind: ClassVar[TriggerKind]
    measure: ClassVar[Measure] = Measure.SUM
    money: ClassVar[bool] = False
    needs: ClassVar[tuple[str, ...]] = ()
    # Kinds that look at purchases, and those that look at deeds of their own kind.
    of_purchases: ClassVar[bool] = True
    # Only the first purchase under a key counts (first purchases at new partners).
    first_only: ClassVar[bool] = False


class PurchaseTrigger(Trigger):
    """A trigger that purchases advance."""

    @abstractmethod
    def worth(self, kept: Kept, purchase: Purchase, conditions: "Conditions") -> Decimal:
        """What the purchase counts with so much of it kept; 0: nothing. It never grows as less is kept."""

    def key(self, purchase: Purchase) -> str:
        """What must differ, or follow on; empty where neither matters."""
        return ""


class CountTrigger(PurchaseTrigger):
    """Counts purchases of which something is kept."""

    def worth(self, kept: Kept, purchase: Purchase, conditions: "Conditions") -> Decimal:
        return ONE if kept.goods > 0 else NOTHING


class DeedTrigger(Trigger, ABC):
    """A trigger that deeds advance: each counts once under its key."""

    of_purchases = False
    measure = Measure.DISTINCT


class StateTrigger(DeedTrigger, ABC):
    """A trigger for something that is so, once it is: `fulfilled` names keys with the members who have done it."""

    fulfilled: ClassVar[tuple[tuple[str, Q], ...]]
