"""The one door to points: nothing else writes Entry, Lot, Allocation, Debt and Hold.

Enters: postings, single or in lists, inside the caller's transaction; the same key never posts twice.
Points are whole, instants UTC, balances derived from lots and the clock.
"""

from loyalty.domain.ledger.adjustments import adjust, used_today
from loyalty.domain.ledger.append_only import install_triggers, missing_triggers, reinstall_triggers_after_migrate, remove_triggers
from loyalty.domain.ledger.available import available_points, lots_to_spend
from loyalty.domain.ledger.balance import Balance, Standing, balances, member_balance, standings, total_balance
from loyalty.domain.ledger.book import Book, Part, PlannedEntry, order_ref
from loyalty.domain.ledger.door import (
    Credit,
    Expired,
    Spend,
    credit_each,
    expire_points,
    load_book,
    lock_members,
    open_book,
    post,
    write,
)
from loyalty.domain.ledger.grants import credit, deduct, grant
from loyalty.domain.ledger.holds import capture_hold, confirm_hold, place_hold, release_hold
from loyalty.domain.ledger.lots import available_from, gone_from
from loyalty.domain.ledger.mass import Gift

__all__ = [
    "Balance",
    "Book",
    "Credit",
    "Expired",
    "Gift",
    "Part",
    "PlannedEntry",
    "Spend",
    "Standing",
    "adjust",
    "available_from",
    "available_points",
    "balances",
    "capture_hold",
    "confirm_hold",
    "credit",
    "credit_each",
    "deduct",
    "expire_points",
    "gone_from",
    "grant",
    "install_triggers",
    "load_book",
    "lock_members",
    "lots_to_spend",
    "member_balance",
    "missing_triggers",
    "open_book",
    "order_ref",
    "place_hold",
    "post",
    "reinstall_triggers_after_migrate",
    "release_hold",
    "remove_triggers",
    "standings",
    "total_balance",
    "used_today",
    "write",
]
