"""Purchases and returns that moved no points: nothing was earned or spent, or all that was due had run out.

The ledger has no entry of them, but members see them like any other operation.
"""

from django.db.models import F, QuerySet

from loyalty.enums import EntryKind
from loyalty.models import Entry, Order, Return


def orders(member_id: int) -> QuerySet[Order]:
    """A member's purchases that neither earned nor spent."""
    return Order.objects.filter(member_id=member_id, points_earned=0, points_redeemed=0).select_related("partner__category")


def returns(member_id: int) -> QuerySet[Return]:
    """A member's returns that neither took nor gave back."""
    return Return.objects.filter(member_id=member_id, points_due=F("points_expired"), points_restored=0).select_related("partner__category", "order")


def as_entry(document: Order | Return) -> Entry:
    """The entry of 0 points that would stand for a document; never saved."""
    entry = Entry(member_id=document.member_id, points=0, occurred_at=document.occurred_at, partner=document.partner)
    if isinstance(document, Return):
        entry.kind, entry.order_return, entry.order = EntryKind.RETURN_ACCRUAL, document, document.order
    else:
        entry.kind, entry.order = EntryKind.ACCRUAL, document
    return entry
