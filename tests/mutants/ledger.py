"""Faults in the ledger: lots, holds, debts, expiry, keys."""

from tests.mutants import Mutant

_LOTS = "loyalty/domain/ledger/lots.py"
_BOOK = "loyalty/domain/ledger/book.py"
_DOOR = "loyalty/domain/ledger/door.py"
_TESTS = "tests/loyalty/domain/ledger"

MUTANTS = [
    Mutant(
        "oldest_lot_serves_first",
        _LOTS,
        old="return (self.expires_at or _NEVER, self.occurred_at, ",
        new="return (self.occurred_at, self.expires_at or _NEVER, ",
        killed_by=f"{_TESTS}/test_spending.py::test_a_lot_that_was_credited_later_serves_first_if_it_expires_first",
    ),
    Mutant(
        "lot_serves_at_its_end",
        _LOTS,
        old="return self.expires_at is None or self.expires_at > instant",
        new="return self.expires_at is None or self.expires_at >= instant",
        killed_by=f"{_TESTS}/test_lot_life.py::test_the_last_instants_of_a_lot",
    ),
    Mutant(
        "pending_points_can_be_spent",
        _LOTS,
        old="if lot.occurred_at <= at and lot.available_at <= at and lot.alive_at(at)]",
        new="if lot.occurred_at <= at and lot.alive_at(at)]",
        killed_by=f"{_TESTS}/test_spending.py::test_pending_and_expired_points_are_not_spent",
    ),
    Mutant(
        "held_points_can_be_spent",
        _LOTS,
        old="        held = sum(pin.points for pin in self.pins if pin.binds(instant) or pin.binds_now(now))\n        left = least",
        new="        held = 0\n        left = least",
        killed_by=f"{_TESTS}/test_holds.py::test_a_hold_reduces_what_is_available",
    ),
    Mutant(
        "hold_of_a_later_call_does_not_bind",
        _LOTS,
        old="return now < self.until and (self.is_open or self.since <= now)",
        new="return now < self.until and self.since <= now",
        killed_by=f"{_TESTS}/test_hold_placed_by_a_later_call.py::test_a_second_hold_is_refused",
    ),
    Mutant(
        "late_spend_takes_what_was_used_since",
        _LOTS,
        old="least = min(least, left)",
        new="least = left",
        killed_by=f"{_TESTS}/test_spending.py::test_a_late_spend_takes_no_more_than_was_left_at_any_time_since",
    ),
    Mutant(
        "held_points_expire_under_their_hold",
        _LOTS,
        old="        points = min(left, lot.remaining - held - sum(points for _at, points in gone))",
        new="        points = min(left, lot.remaining - sum(points for _at, points in gone))",
        killed_by=f"{_TESTS}/test_holds.py::test_the_expiry_job_leaves_held_points_alone",
    ),
    Mutant(
        "grace_lasts_a_day_longer",
        _LOTS,
        old="GRACE_DAYS = 30",
        new="GRACE_DAYS = 31",
        killed_by="tests/loyalty/domain/earning/test_returns_known.py::test_points_of_a_lot_that_has_ended_come_back_in_a_grace_lot",
    ),
    Mutant(
        "youngest_debt_is_paid_first",
        _LOTS,
        old="key=lambda debt: (debt.occurred_at, debt.id or 2**62)):",
        new="key=lambda debt: (debt.occurred_at, debt.id or 2**62), reverse=True):",
        killed_by="tests/loyalty/domain/earning/test_returns_unknown.py::test_debts_are_paid_oldest_first",
    ),
    Mutant(
        "spend_of_one_point_too_many",
        _BOOK,
        old="        if total < wanted:\n            raise DomainError",
        new="        if total + 1 < wanted:\n            raise DomainError",
        killed_by=f"{_TESTS}/test_spending.py::test_all_or_nothing",
    ),
    Mutant(
        "capture_above_the_hold",
        _BOOK,
        old="if not 0 < -entry.points <= hold.points:",
        new="if not 0 < -entry.points:",
        killed_by=f"{_TESTS}/test_holds.py::test_capture_takes_at_most_what_is_held",
    ),
    Mutant(
        "capture_without_the_members_consent",
        _BOOK,
        old="if hold.state == HoldState.AWAITING_MEMBER:",
        new="if hold.state == HoldState.RELEASED:",
        killed_by="tests/loyalty/domain/till/test_spend_authorise.py::test_a_hold_that_waits_is_captured_once_the_member_agrees",
    ),
    Mutant(
        "capture_at_the_instant_of_the_lapse",
        _BOOK,
        old="if hold.expires_at <= now:",
        new="if hold.expires_at < now:",
        killed_by=f"{_TESTS}/test_holds.py::test_a_lapsed_hold_frees_its_points_by_the_clock",
    ),
    Mutant(
        "write_off_stands_though_points_are_used_after_all",
        _BOOK,
        old="            self._restore(lot, lot.take(points, at))\n            wanted -= points",
        new="            lot.take(points, at)\n            wanted -= points",
        killed_by="tests/loyalty/domain/earning/test_returns_known.py::test_a_late_return_finds_the_own_lot_that_was_written_off_meanwhile",
    ),
    Mutant(
        "expiry_is_dated_at_the_run",
        _BOOK,
        old="EntryKind.EXPIRY, -sum(points for _lot, points in used), instant), used)",
        new="EntryKind.EXPIRY, -sum(points for _lot, points in used), self.now), used)",
        killed_by=f"{_TESTS}/test_balance_as_of.py::test_the_job_writes_the_line_and_the_event_at_the_instant_of_expiry",
    ),
    Mutant(
        "known_key_is_posted_again",
        _DOOR,
        old="if key and (key in known or key in done):",
        new="if key and key in done:",
        killed_by=f"{_TESTS}/test_spending.py::test_a_repeated_key_posts_once",
    ),
    Mutant(
        "released_points_pay_no_debt",
        "loyalty/domain/ledger/holds.py",
        old="        book.pay_debts(hold.member_id)\n",
        new="",
        killed_by=f"{_TESTS}/test_holds.py::test_a_hold_that_ends_pays_the_debt_in_the_tables_at_once",
    ),
    Mutant(
        "daily_limit_of_staff_counts_what_was_given_only",
        "loyalty/domain/ledger/adjustments.py",
        old='Sum(Abs("points"), default=0)',
        new='Sum("points", default=0)',
        killed_by="tests/loyalty/admin/test_adjust.py::test_the_daily_limit_counts_what_was_given_and_taken",
    ),
]
