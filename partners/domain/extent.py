"""How many outlets there are among some, and the box that holds them."""

from dataclasses import dataclass

import numpy as np

from partners.domain import columns
from partners.domain.geo import EVERYWHERE, Box, Only


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
    rows = np.flatnonzero(outlets.chosen(only))
    if not len(rows):
        return Extent(0, None)
    lats, lngs = outlets.lats[rows], outlets.lngs[rows]
    return Extent(len(rows), Box(float(lngs.min()), float(lats.min()), float(lngs.max()), float(lats.max())))
