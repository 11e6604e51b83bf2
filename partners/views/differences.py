"""A change of a listing as people compare it: field by field, what was and what is proposed."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import gettext

from partners.domain import listing, pictures
from partners.domain.desk import differences
from partners.domain.desk.differences import Fragment
from partners.domain.listing import Photo
from partners.models import ChangeKind, ListingChange, Outlet, Partner


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One field. `kind` says which of the others count: "text" has parts, "logo" addresses, "photos" pictures."""

    label: str
    kind: str
    before: Any
    after: Any
    parts: list[Fragment]

    @property
    def published(self) -> list[Fragment]:
        """The pieces of the former text."""
        return [part for part in self.parts if part.kind != "new"]

    @property
    def proposed(self) -> list[Fragment]:
        """The pieces of the new text."""
        return [part for part in self.parts if part.kind != "gone"]


def rows(change: ListingChange) -> list[FieldDifference]:
    """The fields of a change in the order of the form."""
    model: type[Model] = Partner if change.kind == ChangeKind.LISTING else Outlet
    order = [field.name for field in model._meta.fields]
    return [_row(model, change, name) for name in sorted(change.proposed, key=order.index)]


def photos(kept: list[dict[str, Any]] | None) -> list[Photo]:
    """The pictures that a change names."""
    return listing.photos(kept or [])


def _row(model: type[Model], change: ListingChange, name: str) -> FieldDifference:
    label = capfirst(str(model._meta.get_field(name).verbose_name))  # type: ignore[union-attr]
    before, after = change.base.get(name), change.proposed[name]
    if name == "logo":
        width = max(pictures.LOGO_WIDTHS)
        return FieldDifference(label, "logo", pictures.url(before or "", width), pictures.url(after or "", width), [])
    if name == "photos":
        return FieldDifference(label, "photos", photos(before), photos(after), [])
    old, new = _words(before), _words(after)
    return FieldDifference(label, "text", old, new, differences.between(old, new))


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return "" if value is None else str(value)
