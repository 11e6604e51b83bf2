"""/partners/ : the catalogue as a list and a map. The same view serves the page and, for htmx, what a filter changes."""

from dataclasses import dataclass, replace

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from loyalty.domain import cabinet
from loyalty.web.page import member_of, private, programme_of
from partners.domain.cities import City, cities
from partners.domain.extent import extent
from partners.models import Category, Partner
from partners.templatetags.catalogue import told
from partners.views import asked as address
from partners.views import place, tiles
from partners.views.asked import Asked
from partners.views.place import Here

CITIES_TO_ASK = 8


@dataclass(frozen=True)
class Choice:
    """A link or an option with its name; `id` is what the focus is found again by."""

    value: str
    name: str
    chosen: bool = False
    count: int = 0
    id: str = ""


@require_safe
@vary_on_headers("HX-Request")
def catalogue(request: HttpRequest) -> HttpResponse:
    """The catalogue; for htmx asking for more, the next rows alone, else what the filters changed."""
    programme, member, now = programme_of(request), member_of(request), timezone.now()
    sections, towns = _sections(), cities()
    asked = address.read(request, categories=sections, cities=towns, signed_in=member is not None)
    here = place.choose(request, asked.city, towns)
    member_id = member.pk if member else None
    query = asked.query(here)
    page = cabinet.find_partners(query=query, member_id=member_id, programme=programme, now=now, limit=address.PAGE if asked.after else asked.shown)
    shown = asked.shown + len(page.rows) if asked.after else len(page.rows)
    context = {"asked": asked, "page": page, "here": here, "more": _more(asked, shown, page), "is_member": member is not None}
    is_htmx = bool(request.headers.get("HX-Request"))
    if is_htmx and asked.after:
        response = render(request, "partners/_more.html", context)
        response["HX-Replace-Url"] = asked.address(n=str(min(shown, address.MOST)))
    else:
        meant = cabinet.outlets_to_show(query=replace(query, sort="", after=""), member_id=member_id, programme=programme, now=now)
        context |= _controls(asked, page, here, sections=sections, towns=towns) | {
            "extent": extent(only=meant),
            "boosted": bool(request.headers.get("HX-Boosted")),
            "layout": "base.html" if member else "base_public.html",
            "tiles": tiles.of_settings(),
        }
        response = render(request, "partners/_answer.html" if is_htmx else "partners/catalogue.html", context)
        if is_htmx:
            typing = request.headers.get("HX-Trigger-Name") == "q"
            response["HX-Replace-Url" if typing else "HX-Push-Url"] = asked.address()
        tiles.allow(response)
    if asked.city and not (here and here.exact):
        place.remember_city(request, response, asked.city)
    return private(response) if member else response


@require_POST
def forget_place(request: HttpRequest) -> HttpResponse:
    """Remember no place any more."""
    target = request.POST.get("next", "")
    response = redirect(target if url_has_allowed_host_and_scheme(target, allowed_hosts=None) else "partners")
    place.forget(response)
    return response


def _sections() -> list[Category]:
    """The catalogue's sections that have partners, with their number."""
    rows = Category.objects.annotate(number=Count("partners", filter=Q(partners__is_active=True))).filter(number__gt=0)
    return list(rows.order_by("position", "slug"))


def _more(asked: Asked, shown: int, page: cabinet.CataloguePage) -> str:
    return asked.address(after=page.next, n=str(min(shown, address.MOST))) if page.next else ""


def _controls(asked: Asked, page: cabinet.CataloguePage, here: Here | None, *, sections: list[Category], towns: list[City]) -> dict[str, object]:
    """What the form shows: sections, orders, cities, distances, and the filters that are on."""
    everybody = Partner.objects.filter(is_active=True).count()
    chips = [Choice(asked.address(category=""), gettext("All"), asked.category is None, everybody, "all")]
    chips += [
        Choice(asked.address(category=section.slug), told(section, "name"), section == asked.category, section.number, section.slug)  # type: ignore[attr-defined]
        for section in sections
    ]
    return {
        "chips": chips,
        "sorts": [Choice(value if later else "", name, value == page.sort) for later, (value, name) in enumerate(_sorts(asked, here))],
        "distances": [Choice(str(km), gettext("%(number)s\u00a0km") % {"number": km}, km == asked.within) for km in address.WITHIN_KM] if here else [],
        "towns": towns,
        "near_towns": [Choice(asked.address(city=town.name), town.name) for town in towns[:CITIES_TO_ASK]],
        "drops": _drops(asked),
        "reset": Asked(view=asked.view).address(),
    }


def _sorts(asked: Asked, here: Here | None) -> list[tuple[str, str]]:
    """The possible orders; the first is taken where the address names none."""
    names = [("mine", gettext("By my rate")), ("name", gettext("By name"))]
    if here:
        names.insert(0, ("distance", gettext("By distance")))
    if asked.q:
        names.insert(0, ("relevance", gettext("Best match")))
    return names


def _drops(asked: Asked) -> list[Choice]:
    """The filters that are on, each a link that turns it off."""
    names = {
        "earn": gettext("Gives points"),
        "spend": gettext("Takes points"),
        "open": gettext("Open now"),
        "offers": gettext("With offers"),
        "favourites": gettext("Favourites"),
    }
    drops = [Choice(asked.address(**{flag: ""}), name) for flag, name in names.items() if flag in asked.flags]
    if asked.city:
        drops.append(Choice(asked.address(city=""), asked.city))
    if asked.within:
        drops.append(Choice(asked.address(within=""), gettext("Within %(number)s\u00a0km") % {"number": asked.within}))
    if asked.q:
        drops.append(Choice(asked.address(q=""), gettext("“%(text)s”") % {"text": asked.q}))
    return drops
