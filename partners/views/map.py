"""What the map asks for: pins and clusters of a view, and the sheet of one outlet."""

from math import isfinite

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from loyalty.domain import cabinet
from loyalty.domain.cabinet import my_rates
from loyalty.templatetags.cabinet import num, pct
from loyalty.web.page import member_of, private, programme_of
from partners.domain import clusters, geo, schedules
from partners.domain.cities import cities
from partners.domain.clusters import Cluster, Pin
from partners.domain.geo import Box
from partners.models import Category, Outlet, Partner
from partners.views import asked as address
from partners.views import place


@require_safe
def pins(request: HttpRequest) -> HttpResponse:
    """Pins and clusters of a box at a zoom, under the filters of the address, with the reader's percentages. Internal: for the map alone."""
    box, zoom = read_box(request.GET.get("bbox", "")), request.GET.get("zoom", "")
    if box is None or not (zoom.isascii() and zoom.isdigit() and int(zoom[:3]) <= 22):
        return HttpResponseBadRequest("bbox=west,south,east,north&zoom=0…22", content_type="text/plain; charset=utf-8")
    programme, member, now = programme_of(request), member_of(request), timezone.now()
    member_id, towns = member.pk if member else None, cities()
    asked = address.read(request, categories=list(Category.objects.all()), cities=towns, signed_in=member is not None)
    here = place.choose(request, asked.city, towns)
    meant = cabinet.outlets_to_show(query=asked.query(here, cut=True), member_id=member_id, programme=programme, now=now)
    rates = my_rates(partner_ids=None, member_id=member_id, at=now)
    view = clusters.view(box, zoom=int(zoom), only=meant, percents={pk: rate.total for pk, rate in rates.items()})
    partners = Partner.objects.select_related("category").in_bulk({pin.partner_id for pin in view.pins})
    answer = {
        "clusters": [_cluster(one) for one in view.clusters],
        "pins": [_pin(one, partners[one.partner_id]) for one in view.pins if one.partner_id in partners],
        "total": view.total,
    }
    return private(JsonResponse(answer, json_dumps_params={"ensure_ascii": False}))


@require_safe
@vary_on_headers("HX-Request")
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """One outlet in short, for the bottom of the map; without htmx it leads to the partner's page."""
    outlet = get_object_or_404(Outlet.objects.select_related("partner__category"), pk=pk, is_active=True, partner__is_active=True)
    if not request.headers.get("HX-Request"):
        return redirect(f"{reverse('partner', args=[outlet.partner.slug])}?outlet={outlet.pk}")
    programme, member, now = programme_of(request), member_of(request), timezone.now()
    here = place.read(request, cities())
    rates = my_rates(partner_ids=[outlet.partner_id], member_id=member.pk if member else None, at=now)
    context = {
        "outlet": outlet,
        "partner": outlet.partner,
        "rate": rates.get(outlet.partner_id),
        "hours": schedules.today(outlet, at=now, default=programme.zone),
        "distance_km": geo.distance_km(here.place.lat, here.place.lng, outlet.lat, outlet.lng) if here else None,
        "is_member": member is not None,
    }
    return private(render(request, "partners/_sheet.html", context))


def read_box(text: str) -> Box | None:
    """west,south,east,north in degrees; None for anything else."""
    try:
        numbers = [float(part) for part in text.split(",")] if len(text) <= 200 else []
    except ValueError:
        return None
    if len(numbers) != 4 or not all(map(isfinite, numbers)):
        return None
    west, south, east, north = numbers
    in_range = -180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90
    return Box(west, south, east, north) if in_range else None


def _pin(pin: Pin, partner: Partner) -> dict[str, object]:
    text = pct(pin.pct) if pin.pct is not None else ""
    symbol = partner.category.icon if partner.category else "store"
    return {"id": pin.outlet_id, "lat": pin.lat, "lng": pin.lng, "symbol": symbol, "pct": text, "label": ", ".join(filter(None, [partner.name, text]))}


def _cluster(cluster: Cluster) -> dict[str, object]:
    words = {"number": num(cluster.count), "pct": pct(cluster.best_pct or 0)}
    if cluster.best_pct is None:
        label = ngettext("%(number)s outlet, zoom in", "%(number)s outlets, zoom in", cluster.count) % words
    else:
        label = ngettext("%(number)s outlet, up to %(pct)s, zoom in", "%(number)s outlets, up to %(pct)s, zoom in", cluster.count) % words
    box = cluster.box
    return {
        "lat": cluster.lat,
        "lng": cluster.lng,
        "count": cluster.count,
        "text": num(cluster.count),
        "label": label,
        "box": [box.west, box.south, box.east, box.north],
    }


def outlet_or_404(pk: int) -> Outlet:
    """An outlet that members can go to."""
    outlet = Outlet.objects.select_related("partner").filter(pk=pk, is_active=True, partner__is_active=True).first()
    if outlet is None:
        raise Http404
    return outlet
