"""Points available to members at an instant, as expressions of the database.

The same rule as `LotState` in Python (lots.py), which balances and spending use lot by lot; `tests/loyalty/domain/ledger/
test_available.py` holds the two together. Points are whole, instants UTC.
"""

from datetime import datetime

from django.db.models import BigIntegerField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Greatest

from loyalty.models import Debt, HoldPin, Lot


def lots_to_spend(at: datetime) -> QuerySet[Lot]:
    """Lots that are available and not gone at the present instant `at`, annotated with `free`: what no hold sets aside.

    `at` is now, or a moment ago: what was spent since is not put back.
    """
    alive = Q(expires_at__isnull=True) | Q(expires_at__gt=at)
    # A hold that was captured or released binds until then, any other until it lapses.
    until = Coalesce("hold__ended_at", "hold__expires_at")
    binding = HoldPin.objects.annotate(until=until).filter(lot=OuterRef("pk"), hold__occurred_at__lte=at, until__gt=at)
    held = binding.order_by().values("lot").annotate(points=Sum("points")).values("points")
    free = Greatest(F("remaining") - Coalesce(Subquery(held), 0), Value(0), output_field=BigIntegerField())
    return Lot.objects.filter(alive, is_open=True, available_at__lte=at).annotate(free=free)


def available_points(at: datetime, *, member: str = "pk") -> Combinable:
    """What the member of a row can spend at the present instant `at`; `member` is the column with their id.

    Debt is taken off: a member with debt has no free points.
    """
    free = lots_to_spend(at).filter(member=OuterRef(member)).order_by().values("member").annotate(points=Sum("free")).values("points")
    owed = Debt.objects.filter(member=OuterRef(member), remaining__gt=0, occurred_at__lte=at)
    owed_points = owed.order_by().values("member").annotate(points=Sum("remaining")).values("points")
    return Greatest(Coalesce(Subquery(free), 0) - Coalesce(Subquery(owed_points), 0), Value(0), output_field=BigIntegerField())
