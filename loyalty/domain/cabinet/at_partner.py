"""What a member earned at one partner."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Count, Sum

from loyalty.domain.cabinet import history
from loyalty.domain.cabinet.history import HistoryFilters, Operation
from loyalty.models import Order, Return

LATEST = 3


@dataclass(frozen=True)
class Earned:
    """Purchases and the points of all time, less what returns took back; the latest operations, newest first."""

    purchases: int
    points: int
    latest: list[Operation]


def earned_at(member_id: int, *, partner_id: int, zone: ZoneInfo, now: datetime) -> Earned:
    """A member's own account with a partner. A constant number of queries."""
    mine = {"member_id": member_id, "partner_id": partner_id}
    sums = Order.objects.filter(**mine).aggregate(purchases=Count("pk"), points=Sum("points_earned"))
    if not sums["purchases"]:
        return Earned(0, 0, [])
    back = Return.objects.filter(**mine).aggregate(points=Sum("points_due"))["points"] or 0
    page = history.history_page(member_id, filters=HistoryFilters(partner_id=partner_id), zone=zone, now=now, size=LATEST)
    return Earned(sums["purchases"], max(sums["points"] - back, 0), [one for month in page.months for one in month.operations])
