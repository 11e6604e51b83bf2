"""A purchase as quests see it, and what is kept of it after returns."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple


class Kept(NamedTuple):
    """What of a purchase still counts: value of the goods, money paid for them, points they were paid with."""

    goods: Decimal
    money: Decimal
    points: int


class Back(NamedTuple):
    """What a return leaves of its purchase."""

    return_id: int
    at: datetime
    kept: Kept


class Purchase(NamedTuple):
    """An order with what quests ask about. `local` is `at` in the programme's zone; `returns` are in the order of their dates.

    `first` says that it was the member's first at the partner, `followed` that later ones there are known. `birthday` is (month, day).
    """

    order_id: int
    member_id: int
    at: datetime
    local: datetime
    partner_id: int
    category_id: int | None
    outlet_id: int | None
    city: str
    kept: Kept
    joined_at: datetime
    birthday: tuple[int, int] | None = None
    returns: tuple[Back, ...] = ()
    first: bool = True
    followed: bool = False
