"""What a member's pages show. Read only.

Enters: a member and an instant.
Every page costs the same number of queries with one row and with thousands.
"""

from loyalty.domain.cabinet.at_partner import earned_at
from loyalty.domain.cabinet.catalogue import CATALOGUE_SORTS, CataloguePage, CatalogueQuery, Place, find_partners, outlets_to_show
from loyalty.domain.cabinet.dates import last_day
from loyalty.domain.cabinet.history import (
    HISTORY_SHELVES,
    HistoryFilters,
    HistoryPage,
    MonthEnd,
    Operation,
    first_day_of_history,
    history_page,
    month_ends,
    partners_of,
)
from loyalty.domain.cabinet.home import Home, SavedYear, home_of
from loyalty.domain.cabinet.level import LadderStep, level_page, level_up_to_show, text_for_reader, token_history
from loyalty.domain.cabinet.orders import OrderDetail, order_detail
from loyalty.domain.cabinet.rates import PartnerRate, RatePart, my_rates

__all__ = [
    "CATALOGUE_SORTS",
    "HISTORY_SHELVES",
    "CataloguePage",
    "CatalogueQuery",
    "HistoryFilters",
    "HistoryPage",
    "Home",
    "LadderStep",
    "MonthEnd",
    "Operation",
    "OrderDetail",
    "PartnerRate",
    "Place",
    "RatePart",
    "SavedYear",
    "earned_at",
    "find_partners",
    "first_day_of_history",
    "history_page",
    "home_of",
    "last_day",
    "level_page",
    "level_up_to_show",
    "month_ends",
    "my_rates",
    "order_detail",
    "outlets_to_show",
    "partners_of",
    "text_for_reader",
    "token_history",
]
