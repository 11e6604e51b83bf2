"""The address of the catalogue is its state: reading it, and writing it with changes."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.urls import reverse

from loyalty.domain.cabinet import CATALOGUE_SORTS, CatalogueQuery
from partners.domain.map.cities import City
from partners.models import Category
from partners.views.place import Here

PAGE = 24
# How many rows one answer may hold: what “more” appended is all there again when one comes back.
MOST = 240
WITHIN_KM = (1, 3, 10, 30)
FLAGS = ("earn", "spend", "open", "offers", "favourites")


@dataclass(frozen=True)
class Asked:
    """What is asked for; anything unknown in the address means nothing. `shown`: rows that were shown already."""

    q: str = ""
    category: Category | None = None
    city: str = ""
    within: int | None = None
    sort: str = ""
    flags: frozenset[str] = frozenset()
    view: str = ""
    after: str = ""
    shown: int = PAGE

    @property
    def values(self) -> dict[str, str]:
        """The filters as the address has them."""
        return {
            "q": self.q,
            "category": self.category.slug if self.category else "",
            **{flag: "1" for flag in FLAGS if flag in self.flags},
            "city": self.city,
            "within": str(self.within or ""),
            "sort": self.sort,
            "view": self.view,
            "n": str(self.shown) if self.shown > PAGE else "",
        }

    def address(self, **changes: str) -> str:
        """The address of the same filters with changes, from its first page on."""
        kept = {**self.values, "n": "", **changes}
        return reverse("partners") + ("?" + query if (query := urlencode({name: value for name, value in kept.items() if value})) else "")

    @property
    def narrowed(self) -> int:
        """How many filters other than the text and the category are on."""
        return len(self.flags) + bool(self.city) + bool(self.within)

    @property
    def anything(self) -> bool:
        """Whether there is anything to reset."""
        return bool(self.q or self.category or self.narrowed)

    def query(self, here: Here | None, *, cut: bool = False) -> CatalogueQuery:
        """The question to the catalogue. `cut`: without what orders and pages the list."""
        return CatalogueQuery(
            q=self.q,
            category=self.category.slug if self.category else "",
            earn="earn" in self.flags,
            spend="spend" in self.flags,
            open_now="open" in self.flags,
            has_offers="offers" in self.flags,
            favourites="favourites" in self.flags,
            city=self.city,
            near=here.place if here else None,
            max_km=self.within if here else None,
            sort="" if cut else self.sort,
            after="" if cut else self.after,
        )


def read(request: HttpRequest, *, categories: list[Category], cities: list[City], signed_in: bool) -> Asked:
    """The address as filters."""
    given = request.GET
    flags = {flag for flag in FLAGS if given.get(flag) == "1" and (flag != "favourites" or signed_in)}
    within, sort = given.get("within", ""), given.get("sort", "")
    return Asked(
        q=" ".join(given.get("q", "").replace("\x00", "").split())[:100],
        category=next((one for one in categories if one.slug == given.get("category")), None),
        city=next((one.name for one in cities if one.name == given.get("city")), ""),
        within=int(within) if within in map(str, WITHIN_KM) else None,
        sort=sort if sort in CATALOGUE_SORTS else "",
        flags=frozenset(flags),
        view="map" if given.get("view") == "map" else "",
        after=given.get("after", "").replace("\x00", "")[:200],
        shown=_number(given, "n"),
    )


def _number(given: QueryDict | dict[str, Any], name: str) -> int:
    text = str(given.get(name, ""))
    return min(max(int(text), PAGE), MOST) if text.isascii() and text.isdigit() and len(text) < 5 else PAGE
