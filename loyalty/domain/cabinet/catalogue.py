"""The catalogue: which partners, in which order, and what each row shows."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from loyalty.domain.cabinet.rates import PartnerRate, my_rates
from loyalty.models import Programme
from partners.domain import favourites, search
from partners.domain.map import columns
from partners.domain.map.columns import Columns
from partners.domain.map.geo import Only
from partners.domain.outlets import schedules
from partners.domain.outlets.hours import UNKNOWN, DayHours
from partners.models import Outlet, Partner

CATALOGUE_SORTS = ("relevance", "distance", "mine", "name")
# A listing that nobody confirmed for longer comes after the fresh ones of the same percentage.
FRESH_FOR = timedelta(days=90)

# The order of rows: two numbers, the name, the id.
type _Key = tuple[float, float, str, int]


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

    @property
    def order(self) -> str:
        """The order that is taken."""
        possible = {"relevance": bool(self.q.strip()), "distance": self.near is not None, "mine": True, "name": True}
        return self.sort if possible.get(self.sort) else next(name for name in CATALOGUE_SORTS if possible[name])

    @property
    def needs_outlet(self) -> bool:
        """Whether a partner without an outlet that passes is left out."""
        return self.open_now or bool(self.city) or (self.near is not None and self.max_km is not None)


@dataclass(slots=True, frozen=True)
class PartnerRow:
    """A partner of the list. `outlet` is the nearest one (without a place: the first by external id) that passes the filters.

    `rate` None: there are no terms yet. `spendable_pct` is the share payable with points in percent, the programme's where the
    terms name none. `outlets` counts those that pass. `fresh`: the listing was confirmed, or the partner joined, within 90 days.
    """

    partner: Partner
    rate: PartnerRate | None
    spendable_pct: Decimal
    outlet: Outlet | None
    distance_km: float | None
    hours: DayHours
    outlets: int
    is_favourite: bool
    has_offers: bool
    fresh: bool


@dataclass(slots=True, frozen=True)
class CataloguePage:
    """A page of rows. `count` is of the whole result; `next` is the `after` of the next page, empty on the last.

    `instead`: what was searched for, where the typed text has no match. `sort` is the order that was taken.
    """

    rows: Sequence[PartnerRow] = field(default_factory=list)
    count: int = 0
    next: str = ""
    instead: str = ""
    sort: str = ""


@dataclass(slots=True)
class _Candidate:
    """A partner that passes, before its row is read."""

    pk: int
    name: str
    fresh: bool
    rate: PartnerRate | None
    score: int = 0
    outlet_id: int | None = None
    distance_km: float | None = None
    outlets: int = 0

    def key(self, order: str) -> _Key:
        name = self.name.casefold().replace("ё", "е")
        pct = -float(self.rate.total) if self.rate else 1.0
        far = self.distance_km if self.distance_km is not None else 1e9
        if order == "relevance":
            return -self.score, pct, name, self.pk
        if order == "distance":
            return far, 0.0, name, self.pk
        if order == "mine":
            return pct, float(not self.fresh), name, self.pk
        return 0.0, 0.0, name, self.pk


def find_partners(*, query: CatalogueQuery, member_id: int | None, programme: Programme, now: datetime, limit: int = 24) -> CataloguePage:
    """A page of the catalogue: a constant number of queries, however many partners and outlets there are.

    Raises nothing: what can't be asked is as if not asked for.
    """
    found = _matches(query, member_id=member_id, programme=programme, now=now)
    outlets = columns.current()
    candidates = _with_outlets(found.candidates, outlets, query, now=now, programme=programme)
    order = query.order
    ranked = sorted((one.key(order), one.pk) for one in candidates)
    after = _decode(query.after)
    rest = [pair for pair in ranked if pair[0] > after] if after else ranked
    shown = rest[:limit]
    by_id = {one.pk: one for one in candidates}
    return CataloguePage(
        _rows([by_id[pk] for _key, pk in shown], found.marked, member_id=member_id, programme=programme, now=now),
        count=len(ranked),
        next=_encode(shown[-1][0]) if len(rest) > limit else "",
        instead=found.instead,
        sort=order,
    )


def outlets_to_show(*, query: CatalogueQuery, member_id: int | None, programme: Programme, now: datetime) -> Only:
    """The same filters for the map: which outlets geo and clusters are to show. Distance is the map's own matter."""
    partner_ids = None
    if query.q.strip() or query.category or query.earn or query.spend or query.has_offers or query.favourites:
        partner_ids = [one.pk for one in _matches(query, member_id=member_id, programme=programme, now=now).candidates]
    return Only(partner_ids, _open_schedules(columns.current(), now=now, programme=programme) if query.open_now else None, query.city or None)


@dataclass(slots=True)
class _Matches:
    """Partners that pass everything but the filters of outlets."""

    candidates: list[_Candidate]
    marked: set[int] | None
    instead: str


def _matches(query: CatalogueQuery, *, member_id: int | None, programme: Programme, now: datetime) -> _Matches:
    partners = Partner.objects.filter(is_active=True)
    if query.category:
        partners = partners.filter(category__slug=query.category)
    rates = my_rates(partner_ids=None, member_id=member_id, at=now)
    searched = search.find(query.q) if query.q.strip() else None
    marked = favourites.of_member(member_id=member_id) if query.favourites and member_id is not None else None
    candidates = []
    for pk, name, confirmed_at, created_at in partners.order_by().values_list("pk", "name", "confirmed_at", "created_at"):
        rate = rates.get(pk)
        if searched is not None and pk not in searched.scores:
            continue
        if query.favourites and pk not in (marked or ()):
            continue
        if query.earn and not (rate and rate.total):
            continue
        if query.spend and not _spendable(rate, programme):
            continue
        if query.has_offers:
            # No partner has any until the programme knows offers.
            continue
        fresh = now - (confirmed_at or created_at) <= FRESH_FOR
        candidates.append(_Candidate(pk, name, fresh, rate, searched.scores[pk] if searched else 0))
    return _Matches(candidates, marked, searched.instead if searched else "")


def _spendable(rate: PartnerRate | None, programme: Programme) -> Decimal:
    return rate.spendable_pct if rate is not None and rate.spendable_pct is not None else programme.spendable_share


def _open_schedules(outlets: Columns, *, now: datetime, programme: Programme) -> set[str]:
    return schedules.open_at(outlets.schedule_texts, at=now, default=programme.zone)


def _with_outlets(candidates: list[_Candidate], outlets: Columns, query: CatalogueQuery, *, now: datetime, programme: Programme) -> list[_Candidate]:
    """The candidates with their nearest (or first) outlet that passes; without those that have none where one is needed."""
    mask = outlets.chosen(Only(None, _open_schedules(outlets, now=now, programme=programme) if query.open_now else None, query.city or None))
    distances = None
    if query.near is not None:
        distances = outlets.distances(query.near.lat, query.near.lng)
        if query.max_km is not None:
            mask &= distances <= query.max_km
    partners, rows, counts = outlets.first_of_each(mask, distances)
    ids = outlets.ids[rows].tolist() if rows else []
    far = distances[rows].tolist() if distances is not None and rows else [None] * len(rows)
    places = dict(zip(partners, zip(ids, far, counts, strict=True), strict=True))
    kept = []
    for one in candidates:
        if one.pk in places:
            one.outlet_id, one.distance_km, one.outlets = places[one.pk]
        elif query.needs_outlet:
            continue
        kept.append(one)
    return kept


def _rows(shown: Sequence[_Candidate], marked: set[int] | None, *, member_id: int | None, programme: Programme, now: datetime) -> list[PartnerRow]:
    partners = Partner.objects.select_related("category").defer("search").in_bulk([one.pk for one in shown])
    outlets = Outlet.objects.in_bulk([one.outlet_id for one in shown if one.outlet_id is not None])
    if marked is None:
        marked = favourites.of_member(member_id=member_id) if member_id is not None else set()
    rows = []
    for one in shown:
        outlet = outlets.get(one.outlet_id or 0)
        rows.append(
            PartnerRow(
                partner=partners[one.pk],
                rate=one.rate,
                spendable_pct=_spendable(one.rate, programme),
                outlet=outlet,
                distance_km=one.distance_km,
                hours=schedules.today(outlet, at=now, default=programme.zone) if outlet else UNKNOWN,
                outlets=one.outlets,
                is_favourite=one.pk in marked,
                has_offers=False,
                fresh=one.fresh,
            )
        )
    return rows


def _encode(key: _Key) -> str:
    return urlsafe_b64encode(json.dumps(key, ensure_ascii=False, separators=(",", ":")).encode()).decode().rstrip("=")


def _decode(text: str) -> _Key | None:
    """The key that a text names; None for anything else: a broken address shows the first page."""
    try:
        first, second, name, pk = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, TypeError):
        return None
    numbers = all(isinstance(number, int | float) for number in (first, second, pk))
    return (first, second, name, pk) if numbers and isinstance(name, str) else None
