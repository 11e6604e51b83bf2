"""How many outlets there are among some, and the box that holds them."""

from dataclasses import dataclass

from partners.domain.map import columns
from partners.domain.map.geo import EVERYWHERE, Box, Only


@dataclass(slots=True, frozen=True)
class Extent:
    """`box` is None where there are no outlets; it never crosses the 180th meridian."""

    outlets: int
    box: Box | None


def extent(*, only: Only = EVERYWHERE) -> Extent:
    """The number of outlets and their box. One query, none where no outlet can be meant."""
    if only.nothing:
        return Extent(0, None)
    outlets = columns.current()
    mask = outlets.chosen(only)
    lats, lngs = outlets.lats[mask], outlets.lngs[mask]
    if not len(lats):
        return Extent(0, None)
    return Extent(len(lats), Box(float(lngs.min()), float(lats.min()), float(lngs.max()), float(lats.max())))
