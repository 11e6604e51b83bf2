"""Outlets and categories of the coalition."""

from typing import Any

from partners.models import Category, Outlet, Partner


def make_category(slug: str = "bread", **values: Any) -> Category:
    """A section of the catalogue."""
    return Category.objects.create(slug=slug, **{"name": slug.capitalize(), **values})


def make_outlet(partner: Partner, external_id: str = "1", **values: Any) -> Outlet:
    """A point of sale in the middle of Moscow."""
    place = {"name": f"{partner.name} {external_id}", "address": "ул. Тверская, 1", "city": "Москва", "country": "RU", "lat": 55.76, "lng": 37.61}
    return Outlet.objects.create(partner=partner, external_id=external_id, **{**place, **values})
