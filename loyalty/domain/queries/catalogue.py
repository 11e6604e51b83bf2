"""The catalogue: which partners, in which order, and what each row shows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from loyalty.domain.queries.rates import Rate, my_rates
from loyalty.models import Programme
from partners.domain import favourites, geo, search
from partners.domain.geo import Only
from partners.domain.hours import DayHours
from partners.models import Outlet, Partner

SORTS = ("relevance", "distance", "mine", "name")


@dataclass(slots=True, frozen=True)
class Place:
    """Where the member is, in degrees."""

    lat: float
    lng: float


@dataclass(slots=True, frozen=True)
class CatalogueQuery:
    """What the address of the catalogue asks for. Empty values ask for nothing.

    `sort`: relevance (with `q`), distance (with `near`), mine (my percentage, the greatest first) or name; empty: the
    first of relevance, distance, mine that makes sense. `max_km` needs `near`. `after` is a Page's `next`.
    """

    q: str = ""
    category: str = ""
    earn: bool = False
    spend: bool = False
    open_now: bool = False
    has_offers: bool = False
    favourites: bool = False
    city: str = ""
    near: Place | None = None
    max_km: float | None = None
    sort: str = ""
    after: str = ""


@dataclass(slots=True, frozen=True)
class Row:
    """A partner of the list. `outlet` is the nearest one (without a place: the first by external id) that passes the filters.

    `rate` None: there are no terms yet. `spendable_pct` is the share payable with points in percent, the programme's where the
    terms name none. `fresh`: the partner confirmed its listing within 90 days.
    """

    partner: Partner
    rate: Rate | None
    spendable_pct: Decimal
    outlet: Outlet | None
    distance_km: float | None
    hours: DayHours
    outlets: int
    is_favourite: bool
    has_offers: bool
    fresh: bool


@dataclass(slots=True, frozen=True)
class Page:
    """A page of rows. `count` is of the whole result; `next` is the `after` of the next page, empty on the last.

    `instead`: what was searched for, where the typed text has no match. `sort` is the order that was taken.
    """

    rows: Sequence[Row] = field(default_factory=list)
    count: int = 0
    next: str = ""
    instead: str = ""
    sort: str = ""


def find(*, query: CatalogueQuery, member_id: int | None, programme: Programme, now: datetime, limit: int = 24) -> Page:
    """A page of the catalogue. A constant number of queries. Raises nothing: what can't be is as if not asked for."""
    partners = Partner.objects.filter(is_active=True).select_related("category").order_by("name", "pk")
    if query.category:
        partners = partners.filter(category__slug=query.category)
    if query.q.strip():
        partners = partners.filter(pk__in=search.find(query.q).scores)
    everyone = list(partners)
    shown = everyone[:limit]
    rates = my_rates(partner_ids=[one.pk for one in shown], member_id=member_id, at=now)
    marked = favourites.of_member(member_id=member_id) if member_id else set()
    near = geo.nearest_of_each(query.near.lat, query.near.lng, only=Only([one.pk for one in shown])) if query.near else {}
    rows = []
    for one in shown:
        rate = rates.get(one.pk)
        share = rate.spendable_pct if rate and rate.spendable_pct is not None else programme.spendable_share
        outlet = one.outlets.order_by("external_id").first()
        there = near.get(one.pk)
        rows.append(Row(one, rate, share, outlet, there.distance_km if there else None, DayHours(False, False), 1, one.pk in marked, False, False))
    return Page(rows, len(everyone))


def only(*, query: CatalogueQuery, member_id: int | None, programme: Programme, now: datetime) -> Only:
    """The same filters for the map: which outlets geo and clusters are to show."""
    return Only()
