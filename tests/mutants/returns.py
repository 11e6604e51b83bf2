"""Faults in what a return takes back and gives back."""

from tests.mutants import Mutant

_RETURNS = "loyalty/domain/earning/returns.py"
_BOOK = "loyalty/domain/ledger/book.py"
_KNOWN = "tests/loyalty/domain/earning/test_returns_known.py"
_UNKNOWN = "tests/loyalty/domain/earning/test_returns_unknown.py"

MUTANTS = [
    Mutant(
        "earlier_returns_are_forgotten",
        _RETURNS,
        old="due = max(0, order.points_earned - remainder.total - original.points_due)",
        new="due = max(0, order.points_earned - remainder.total)",
        killed_by=f"{_KNOWN}::test_partial_returns_add_up_exactly",
    ),
    Mutant(
        "returns_round_as_the_programme_does_today",
        _RETURNS,
        old='rounding=order.explanation["rounding"],',
        new='rounding="down",',
        killed_by=f"{_KNOWN}::test_partial_returns_round_as_the_order_did",
    ),
    Mutant(
        "more_can_be_returned_than_was_bought",
        _RETURNS,
        old="    if total > original.left:",
        new="    if total < 0:",
        killed_by=f"{_KNOWN}::test_the_sum_of_returns_stays_within_the_order",
    ),
    Mutant(
        "excluded_goods_of_an_unknown_purchase_take_points",
        _RETURNS,
        old="Earner(line.amount, line.name or line.sku, exclusions.reason(sku=line.sku, category=line.category))",
        new='Earner(line.amount, line.name or line.sku, "")',
        killed_by=f"{_UNKNOWN}::test_excluded_goods_would_have_earned_nothing",
    ),
    Mutant(
        "points_that_paid_come_back_twice",
        _RETURNS,
        old="return max(0, back - original.points_restored)",
        new="return back",
        killed_by=f"{_KNOWN}::test_points_that_paid_come_back_once_over_three_returns",
    ),
    Mutant(
        "points_that_paid_for_the_whole_order_come_back_twice",
        _RETURNS,
        old="return order.points_redeemed - original.points_restored",
        new="return order.points_redeemed",
        killed_by=f"{_KNOWN}::test_points_paid_come_back_in_proportion",
    ),
    Mutant(
        "other_lots_serve_before_the_orders_own",
        "loyalty/domain/ledger/lots.py",
        old="usable.sort(key=lambda lot: (own is None or lot.order_ref != own, *lot.rank))",
        new="usable.sort(key=lambda lot: lot.rank)",
        killed_by=f"{_KNOWN}::test_the_orders_own_lot_serves_first_whatever_expires_sooner",
    ),
    Mutant(
        "every_shortfall_is_forgiven",
        _BOOK,
        old="entry.forgiven = short if shortfall == Shortfall.FORGIVE else 0",
        new="entry.forgiven = short",
        killed_by=f"{_KNOWN}::test_a_return_whose_points_were_spent_is_debt",
    ),
    Mutant(
        "own_points_that_expired_count_twice",
        _BOOK,
        old="expired = min(due, max(0, gone - expired_before))",
        new="expired = min(due, gone)",
        killed_by=f"{_KNOWN}::test_an_own_lot_that_expired_unspent_counts_as_taken_back",
    ),
    Mutant(
        "points_come_back_into_the_lot_used_first",
        _BOOK,
        old="in reversed(self.spent_by_order[order_ref(order)]):",
        new="in self.spent_by_order[order_ref(order)]:",
        killed_by=f"{_KNOWN}::test_points_come_back_into_the_lot_that_was_used_last_first",
    ),
    Mutant(
        "points_come_back_into_a_lot_that_has_ended",
        _BOOK,
        old="            if lot.alive_at(entry.occurred_at):\n",
        new="            if lot.occurred_at <= entry.occurred_at:\n",
        killed_by=f"{_KNOWN}::test_points_of_a_lot_that_has_ended_come_back_in_a_grace_lot",
    ),
]
