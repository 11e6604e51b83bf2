"""What partners and the operator owe each other for a month, straight from the ledger.

Enters: a partner and a month (its first day in the programme's zone).
A closed month never changes; what comes late is a correction of the next.
"""

from loyalty.domain.settlement.reading import CARRIED_ON, EVERYBODY, TABLES, Movement, Span, Sums, Whose, every_movement, movements, sums
from loyalty.domain.settlement.statements import (
    Settlement,
    StatementLine,
    close_month,
    closed_months,
    month_of,
    months,
    next_month,
    parse_month,
    settle,
    settle_all,
    spans,
    stored_figures,
)

__all__ = [
    "CARRIED_ON",
    "EVERYBODY",
    "TABLES",
    "Movement",
    "Settlement",
    "Span",
    "StatementLine",
    "Sums",
    "Whose",
    "close_month",
    "closed_months",
    "every_movement",
    "month_of",
    "months",
    "movements",
    "next_month",
    "parse_month",
    "settle",
    "settle_all",
    "spans",
    "stored_figures",
    "sums",
]
