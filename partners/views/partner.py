"""/partners/<slug>/ : what a partner is, what it gives the reader and where it is."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import Member
from loyalty.domain import orders
from loyalty.domain.cabinet import PartnerRate, earned_at, my_rates
from loyalty.domain.earning import ReceiptLine
from loyalty.lib.clock import business_day
from loyalty.lib.errors import DomainError
from loyalty.models import Programme
from loyalty.web.page import member_of, member_page, private, programme_of
from partners.domain import favourites, listing, visits
from partners.domain import terms as partner_terms
from partners.domain.map import geo
from partners.domain.map.cities import cities
from partners.domain.outlets import of_partner, schedules
from partners.domain.outlets.hours import DayHours
from partners.models import Outlet, Partner
from partners.views import place
from partners.views.outlets import read_ahead
from partners.views.place import Here

EXAMPLE = Decimal("1000.00")
CELLS = 10


@dataclass(frozen=True)
class Spot:
    """An outlet as the page shows it; `distance_km` None without a place."""

    outlet: Outlet
    distance_km: float | None
    today: DayHours
    tomorrow: DayHours


@dataclass(frozen=True)
class Example:
    """What an order of `order` would bring, as the till would work it out: when the points come, and the last day they can be spent."""

    order: Decimal
    points: int
    comes: date
    last_day: date | None


@dataclass(frozen=True)
class Cell:
    """One of the cells of the rate: `kind` is base, level, offer or none. Units of the drawing."""

    kind: str
    x: int
    width: int


@require_safe
@vary_on_headers("HX-Request")
def partner(request: HttpRequest, slug: str) -> HttpResponse:
    """The page; for htmx asking for more outlets, these alone."""
    programme, member, now = programme_of(request), member_of(request), timezone.now()
    shop = get_object_or_404(Partner.objects.select_related("category"), slug=slug, is_active=True)
    here = place.read(request, cities())
    after = request.GET.get("after", "")
    spots, following = _spots(shop, here, programme, after=after)
    context = {"partner": shop, "spots": spots, "more": f"?after={following}" if following else "", "here": here, "is_member": member is not None}
    if request.headers.get("HX-Request") and after:
        return private(render(request, "partners/_outlets.html", context))
    rate = my_rates(partner_ids=[shop.pk], member_id=member.pk if member else None, at=now).get(shop.pk)
    terms = partner_terms.at(partner_terms.timeline(shop.pk), now)
    main = _main_spot(request, shop, here, programme, spots, after=after)
    context |= {
        "rate": rate,
        "cells": cells(rate) if rate else [],
        "example": _example(shop, member, programme) if terms else None,
        "exclusions": sorted({rule.reason for rule in terms.exclusions.all()}) if terms else [],
        "share": rate.spendable_pct if rate and rate.spendable_pct is not None else programme.spendable_share,
        "outlet_count": Outlet.objects.filter(partner=shop, is_active=True).count(),
        "main": main,
        "listing": listing.read(shop),
        "earned": earned_at(member.pk, partner_id=shop.pk, zone=programme.zone, now=now) if member else None,
        "is_favourite": member is not None and shop.pk in favourites.of_member(member_id=member.pk),
        "layout": "base.html" if member else "base_public.html",
    }
    response = render(request, "partners/partner.html", context)
    _count_view(request, shop, main, day=business_day(now, programme.zone))
    return private(response) if member else response


@require_POST
@member_page
def favourite(request: HttpRequest, slug: str, member: Member) -> HttpResponse:
    """Mark the partner, or take the mark away, as the form says."""
    shop = get_object_or_404(Partner, slug=slug, is_active=True)
    if request.POST.get("mark") == "1":
        favourites.mark(partner_id=shop.pk, member_id=member.pk, now=timezone.now())
    else:
        favourites.unmark(partner_id=shop.pk, member_id=member.pk)
    if request.headers.get("HX-Request"):
        return render(request, "partners/_favourite.html", {"partner": shop, "is_favourite": request.POST.get("mark") == "1", "focus": True})
    return redirect("partner", slug)


def _count_view(request: HttpRequest, shop: Partner, spot: Spot | None, *, day: date) -> None:
    """Somebody looks at the page: not a robot, not a browser that reads ahead."""
    if request.method == "GET" and not read_ahead(request):
        visits.record_view(partner_id=shop.pk, outlet_id=spot.outlet.pk if spot and request.GET.get("outlet") else None, day=day)


def cells(rate: PartnerRate) -> list[Cell]:
    """The drawing of a rate: ten cells shared by its sources as their percentages are, a cell at least for each; 316 units wide."""
    parts = [part for part in rate.parts if part.pct > 0]
    if not parts:
        return [Cell("none", 32 * n, 28) for n in range(CELLS)]
    total = sum(part.pct for part in parts)
    counts = [max(1, int(part.pct * CELLS / total)) for part in parts]
    # What flooring left goes to the greatest; what “at least one” took comes from it.
    counts[max(range(len(parts)), key=lambda n: parts[n].pct)] += CELLS - sum(counts)
    kinds = [str(part.source) for part, count in zip(parts, counts, strict=True) for _cell in range(count)]
    return [Cell(kind, 32 * n, 28) for n, kind in enumerate(kinds)]


def _example(shop: Partner, member: Member | None, programme: Programme) -> Example | None:
    """What the till would say to an order of 1 000 paid in money now."""
    now = timezone.now()
    try:
        quote = orders.quote(
            lines=[ReceiptLine(EXAMPLE, name=gettext("Goods"))],
            discount=Decimal("0.00"),
            redeem_points=0,
            member_id=member.pk if member else None,
            occurred_at=now,
            partner=shop,
            programme=programme,
            now=now,
        )
    except DomainError:
        return None
    gone = business_day(quote.expires_at, programme.zone) if quote.expires_at else None
    return Example(EXAMPLE, quote.accrual.total, business_day(quote.available_at, programme.zone), gone - timedelta(days=1) if gone else None)


def _spots(shop: Partner, here: Here | None, programme: Programme, *, after: str) -> tuple[list[Spot], str]:
    page = of_partner.page(partner_id=shop.pk, near=(here.place.lat, here.place.lng) if here else None, after=after)
    return [_spot(outlet, km, programme) for outlet, km in page.outlets], page.next


def _spot(outlet: Outlet, distance_km: float | None, programme: Programme) -> Spot:
    now = timezone.now()
    today, tomorrow = (schedules.today(outlet, at=at, default=programme.zone) for at in (now, now + timedelta(days=1)))
    return Spot(outlet, distance_km, today, tomorrow)


def _main_spot(request: HttpRequest, shop: Partner, here: Here | None, programme: Programme, spots: list[Spot], *, after: str) -> Spot | None:
    """The outlet that the page speaks of: the one asked for, else the nearest."""
    wanted = request.GET.get("outlet", "")
    if wanted:
        if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 19):
            raise Http404
        outlet = get_object_or_404(Outlet, pk=int(wanted), partner=shop, is_active=True)
        return _spot(outlet, geo.distance_km(here.place.lat, here.place.lng, outlet.lat, outlet.lng) if here else None, programme)
    if after:
        spots, _next = _spots(shop, here, programme, after="")
    return spots[0] if spots else None
