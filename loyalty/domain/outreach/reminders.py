"""What members hear of without an event, because only the day has changed: points available or about to expire, birthdays, a long gap.

Everything is sent once a day and member by the message's key, so running it again, or side by side, does no harm. Days are
the programme's; it begins at nine in the morning.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.core.cache import cache
from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum

from accounts.domain.notifications import queue
from accounts.domain.notifications.queue import Notice
from accounts.models import Member
from loyalty.domain import programme as programmes
from loyalty.domain.ledger import balances, lots_to_spend
from loyalty.domain.programme import sender_of
from loyalty.lib.clock import business_day, start_of_day
from loyalty.lib.rows import id_set
from loyalty.models import Lot, Order, Programme
from partners.domain.map.nearest import nearest, open_outlets
from partners.models import Outlet, Terms

EXPIRY_DAYS = (30, 7, 1)
FROM_HOUR = 9
# “We miss you” comes after so many of the member's usual gaps, and not sooner than after so many days.
GAPS, SHORTEST_GAP, FEWEST_ORDERS = 2, timedelta(days=14), 3
_MISSED_FOR = timedelta(days=3)
_PLACES = 3
_CHUNK = 500
_SCAN = 5000


@dataclass
class Day:
    """A run's day, and what it has looked up already."""

    programme: Programme
    now: datetime
    today: date
    places: dict[int, list[tuple[str, str]]] = field(default_factory=dict)

    def starts(self, day: date) -> datetime:
        return start_of_day(day, self.programme.zone)


# A page of a reminder: the member (or row) to begin after → the notices, and the last one looked at (None: nobody is left).
type Page = Callable[[Day, int], tuple[list[Notice], int | None]]


def send_reminders(*, now: datetime, keep_on: Callable[[], bool] = lambda: True, pages: Mapping[str, Page] | None = None) -> dict[str, int]:
    """Tell what the day brings, as far as time allows. Returns how many members each reminder reached this time.

    `pages`: the reminders of an app above this one, instead of those of points and purchases.
    """
    programme = programmes.current()
    local = now.astimezone(programme.zone)
    if local.hour < FROM_HOUR:
        return {}
    day = Day(programme, now, business_day(now, programme.zone))
    return {name: _go_on(name, page, day, keep_on) for name, page in (pages or PAGES).items()}


def _go_on(name: str, page: Page, day: Day, keep_on: Callable[[], bool]) -> int:
    """Page through the members from where the day's last run stopped. A forgotten mark only costs time."""
    mark = f"reminders:{name}:{day.today}"
    after: int | None = cache.get(mark, 0)
    notified = 0
    while after is not None and keep_on():
        notices, after = page(day, after)
        if notices:
            notified += queue.tell(notices, sender=sender_of(day.programme), now=day.now)
        cache.set(mark, after, 2 * 24 * 3600)
    return notified


def _page_of(ids: Sequence[int], size: int) -> int | None:
    return ids[-1] if len(ids) == size else None


def available(day: Day, after: int) -> tuple[list[Notice], int | None]:
    """Points that waited and can be spent from today (or from yesterday, should that have been missed). What a till holds isn't announced."""
    first = day.today - timedelta(days=1)
    began = Q(available_at__gte=day.starts(first), available_at__gt=F("occurred_at"))
    rows = lots_to_spend(day.now).filter(began, member_id__gt=after).order_by("member_id")
    ids = list(rows.values_list("member_id", flat=True).distinct()[:_CHUNK])
    sums: dict[tuple[int, date], int] = defaultdict(int)
    chosen = rows.filter(member_id__in=id_set(ids))
    for member_id, available_at, points in chosen.values_list("member_id", "available_at").annotate(points=Sum("free")).order_by("member_id", "available_at"):
        sums[member_id, business_day(available_at, day.programme.zone)] += points
    notices = [Notice(f"available:{on}", member_id, "points_available", {"points": points}) for (member_id, on), points in sums.items()]
    return notices, _page_of(ids, _CHUNK)


def expiring(day: Day, after: int) -> tuple[list[Notice], int | None]:
    """One message to members whose points expire in exactly 30, 7 or 1 days: all dates within 30 days with their sums, and places to spend them."""
    windows = Q()
    for days in EXPIRY_DAYS:
        start = day.today + timedelta(days=days)
        windows |= Q(expires_at__gte=day.starts(start), expires_at__lt=day.starts(start + timedelta(days=1)))
    rows = Lot.objects.filter(windows, is_open=True, member_id__gt=after, available_at__lte=day.now)
    ids = list(rows.order_by("member_id").values_list("member_id", flat=True).distinct()[:_CHUNK])
    wide = copy(day.programme)
    wide.expiring_window_days = max(EXPIRY_DAYS)
    reminded = {day.today + timedelta(days=days) for days in EXPIRY_DAYS}
    places = _places(day, ids)
    notices = []
    for member_id, balance in balances(ids, programme=wide, at=day.now).items():
        dates = {on: points for on, points in balance.expiring_by_date.items() if points > 0}
        # What is set aside at a till, or owed, doesn't expire.
        if not reminded & dates.keys() or balance.debt:
            continue
        first = min(dates)
        values = {"points": sum(dates.values()), "date": first, "days": (first - day.today).days}
        lines = [(("day", on), ("points", points)) for on, points in dates.items()]
        notices.append(Notice(f"expiring:{day.today}", member_id, "points_expiring", values, [*lines, *places.get(member_id, [])]))
    return notices, _page_of(ids, _CHUNK)


def birthdays(day: Day, after: int) -> tuple[list[Notice], int | None]:
    """Those who were born on this day; on 28 February of a common year also those born on the 29th."""
    born = Q(birth_month=day.today.month, birth_day=day.today.day)
    if (day.today.month, day.today.day) == (2, 28) and (day.today + timedelta(days=1)).month == 3:
        born |= Q(birth_month=2, birth_day=29)
    found = Member.objects.filter(born, pk__gt=after, user__isnull=False).order_by("pk").values_list("pk", flat=True)
    ids = list(found[:_CHUNK])
    return [Notice(f"birthday:{day.today.year}", pk, "birthday") for pk in ids], _page_of(ids, _CHUNK)


def missed(day: Day, after: int) -> tuple[list[Notice], int | None]:
    """Who hasn't bought for twice their own usual gap (the mean of their gaps); once a gap, and only those whose time came these days."""
    ids = list(Member.objects.filter(pk__gt=after, user__isnull=False).order_by("pk").values_list("pk", flat=True)[:_SCAN])
    rows = (
        Order.objects.filter(member_id__in=id_set(ids), occurred_at__lte=day.now)
        .values_list("member_id")
        .annotate(many=Count("pk"), first=Min("occurred_at"), last=Max("occurred_at"))
        .order_by("member_id")
    )
    gone: dict[int, datetime] = {}
    for member_id, many, first, last in rows:
        if many < FEWEST_ORDERS:
            continue
        due = last + max(GAPS * (last - first) / (many - 1), SHORTEST_GAP)
        if due <= day.now < due + _MISSED_FOR:
            gone[member_id] = last
    points = balances(list(gone), programme=day.programme, at=day.now) if gone else {}
    notices = [
        Notice(f"missed:{last:%Y-%m-%d}", member_id, "miss_you", {"days": (day.now - last).days, "points": points[member_id].available})
        for member_id, last in gone.items()
        if points[member_id].available > 0
    ]
    return notices, _page_of(ids, _SCAN)


PAGES: dict[str, Page] = {"available": available, "expiring": expiring, "birthdays": birthdays, "missed": missed}


def _places(day: Day, member_ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    """The places to spend points nearest to each member's last purchase: partner and address. Looked up once an outlet."""
    last = Order.objects.filter(member=OuterRef("pk"), outlet__isnull=False).order_by("-occurred_at").values("outlet_id")[:1]
    rows = Member.objects.filter(pk__in=id_set(member_ids)).annotate(place=Subquery(last)).values_list("pk", "place")
    near = {member_id: outlet_id for member_id, outlet_id in rows if outlet_id is not None}
    unknown = set(near.values()) - day.places.keys()
    for outlet in Outlet.objects.filter(pk__in=id_set(unknown)) if unknown else ():
        found = nearest(_accepting(day), lat=float(outlet.lat), lng=float(outlet.lng), limit=_PLACES)
        day.places[outlet.pk] = [(place.partner.name, place.address) for place, _metres in found]
    return {member_id: day.places.get(outlet_id, []) for member_id, outlet_id in near.items()}


def _accepting(day: Day) -> QuerySet[Outlet]:
    """Open outlets of partners who take points now."""
    latest = Terms.objects.filter(partner=OuterRef("partner_id"), valid_from__lte=day.now).order_by("-valid_from", "-pk").values("spendable_pct")[:1]
    has_terms = Exists(Terms.objects.filter(partner=OuterRef("partner_id"), valid_from__lte=day.now))
    takes = Q(share__gt=0) | Q(share__isnull=True) if day.programme.spendable_share > 0 else Q(share__gt=0)
    return open_outlets().annotate(share=Subquery(latest)).filter(has_terms).filter(takes)
