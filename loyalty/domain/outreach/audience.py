"""Who a broadcast is for: a filter as plain data becomes members, a page at a time.

Keys, all optional and all to be met: `min_points` (available now), `bought_within_days`, `not_bought_for_days`, `bought_at`
(a partner's slug), `joined_before` and `joined_since` (dates), `language`, `birth_month`.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_noop

from accounts.models import Member
from loyalty.domain import programme as programmes
from loyalty.domain.ledger import available_points
from loyalty.lib.clock import start_of_day
from loyalty.lib.errors import DomainError
from loyalty.models import Order

# Members, the value asked for, the instant it is asked for.
type Criterion = Callable[[QuerySet[Member], Any, datetime], QuerySet[Member]]


def _min_points(members: QuerySet[Member], least: Any, at: datetime) -> QuerySet[Member]:
    return members.annotate(points_now=available_points(at)).filter(points_now__gte=int(least))


def _orders(**conditions: Any) -> Exists:
    return Exists(Order.objects.filter(member=OuterRef("pk"), **conditions))


def _since(days: Any, at: datetime) -> Exists:
    return _orders(occurred_at__gte=at - timedelta(days=int(days)))


def _day(text: Any) -> Any:
    return start_of_day(date.fromisoformat(str(text)), programmes.current().zone)


CRITERIA: dict[str, Criterion] = {
    "min_points": _min_points,
    "bought_within_days": lambda members, days, at: members.filter(_since(days, at)),
    "not_bought_for_days": lambda members, days, at: members.filter(~_since(days, at)),
    "bought_at": lambda members, slug, at: members.filter(_orders(partner__slug=str(slug))),
    "joined_before": lambda members, day, at: members.filter(joined_at__lt=_day(day)),
    "joined_since": lambda members, day, at: members.filter(joined_at__gte=_day(day)),
    "language": lambda members, language, at: members.filter(
        Q(user__language=language) | (Q(user__language="") if language == settings.LANGUAGE_CODE else Q(pk__in=[]))
    ),
    "birth_month": lambda members, month, at: members.filter(birth_month=int(month)),
}


def audience_members(audience: dict[str, Any], *, at: datetime) -> QuerySet[Member]:
    """The members of a filter who have a log-in. `at` is the present, or a moment ago: every page of one broadcast asks the same.

    Raises DomainError bad_audience for a key or value that nobody understands.
    """
    found: QuerySet[Member] = Member.objects.filter(user__is_active=True, user__signup_pending=False)
    for key, value in audience.items():
        if key not in CRITERIA:
            raise DomainError("bad_audience", gettext_noop("There is no such filter."), key=key)
        try:
            found = CRITERIA[key](found, value, at)
        except (ValueError, TypeError):
            raise DomainError("bad_audience", gettext_noop("A value of the filter is not understood."), key=key) from None
    return found


def next_audience_members(audience: dict[str, Any], at: datetime, after: int, limit: int) -> Sequence[int]:
    """The next member ids after one, ascending, of the filter at an instant."""
    return list(audience_members(audience, at=at).filter(pk__gt=after).order_by(F("pk")).values_list("pk", flat=True)[:limit])


def audience_size(audience: dict[str, Any], *, at: datetime) -> int:
    """How many members a filter names at an instant. Raises DomainError bad_audience."""
    return audience_members(audience, at=at).count()
