"""Faults in what a purchase earns: rounding, discounts, exclusions, funders, dates."""

from tests.mutants import Mutant

_MONEY = "loyalty/lib/money.py"
_RATES = "loyalty/domain/earning/rates.py"
_RECEIPT = "loyalty/domain/earning/receipt.py"
_LOTS = "loyalty/domain/ledger/lots.py"
_ACCRUAL = "tests/loyalty/domain/earning/test_accrual.py"
_LIFE = "tests/loyalty/domain/ledger/test_lot_life.py"

MUTANTS = [
    Mutant(
        "half_a_point_is_rounded_down",
        _MONEY,
        old="return floor(exact + Fraction(1, 2))",
        new="return ceil(exact - Fraction(1, 2))",
        killed_by=f"{_ACCRUAL}::test_the_total_is_rounded_once_by_the_mode",
    ),
    Mutant(
        "spare_kopeck_goes_to_the_first_line",
        _MONEY,
        old="key=lambda i: (-(kopecks * units[i] % whole), i))",
        new="key=lambda i: i)",
        killed_by=f"{_ACCRUAL}::test_the_kopeck_goes_to_the_largest_remainder_not_to_the_first_line",
    ),
    Mutant(
        "last_point_goes_to_the_last_funder_of_a_tie",
        _MONEY,
        old="key=lambda i: (floors[i] - exact_parts[i], i))",
        new="key=lambda i: (floors[i] - exact_parts[i], -i))",
        killed_by=f"{_ACCRUAL}::test_points_are_split_over_funders_by_largest_remainder",
    ),
    Mutant(
        "excluded_lines_earn",
        _RATES,
        old='eligible = sum((line.paid for line in lines if not line.excluded), Decimal("0.00"))',
        new='eligible = sum((line.paid for line in lines), Decimal("0.00"))',
        killed_by=f"{_ACCRUAL}::test_excluded_lines_drop_out_after_the_discount_was_spread_over_them_too",
    ),
    Mutant(
        "excluded_goods_are_found_in_one_case_only",
        _RATES,
        old='self.by_sku.get(sku.casefold(), "")',
        new='self.by_sku.get(sku, "")',
        killed_by=f"{_ACCRUAL}::test_exclusions_compare_without_case",
    ),
    Mutant(
        "partner_pays_for_what_the_operator_funds",
        _RATES,
        old="terms.partner_id if terms.funding == Funding.PARTNER else None)",
        new="terms.partner_id)",
        killed_by=f"{_ACCRUAL}::test_a_lot_carries_its_funder",
    ),
    Mutant(
        "pending_days_of_the_terms_are_ignored",
        _RATES,
        old="pending = programme.pending_days if terms.pending_days is None else terms.pending_days",
        new="pending = programme.pending_days",
        killed_by=f"{_LIFE}::test_terms_override_pending_and_life",
    ),
    Mutant(
        "what_points_pay_for_earns",
        _RECEIPT,
        old="    paid = less(spread(by_points, values), values)",
        new="    paid = values",
        killed_by=f"{_ACCRUAL}::test_what_is_paid_with_points_earns_nothing",
    ),
    Mutant(
        "share_of_the_terms_is_ignored",
        _RECEIPT,
        old="share = programme.spendable_share if terms.spendable_pct is None else terms.spendable_pct",
        new="share = programme.spendable_share",
        killed_by=f"{_ACCRUAL}::test_terms_override_the_share",
    ),
    Mutant(
        "level_adds_nothing",
        _RECEIPT,
        old="rates = [base_rate(terms), *([level] if level else [])]",
        new="rates = [base_rate(terms)]",
        killed_by="tests/loyalty/domain/levels/test_levels.py::test_a_purchase_earns_at_the_level_of_its_own_date",
    ),
    Mutant(
        "month_end_is_a_day_early",
        _LOTS,
        old="out = last_day_of_month(out) + timedelta(days=1)",
        new="out = last_day_of_month(out)",
        killed_by=f"{_LIFE}::test_lots_begin_and_end_at_the_start_of_a_business_day",
    ),
    Mutant(
        "days_are_counted_in_utc",
        "loyalty/lib/clock.py",
        old="return instant.astimezone(zone).date()",
        new="return instant.date()",
        killed_by=f"{_LIFE}::test_days_are_counted_in_the_programmes_zone_not_in_utc",
    ),
]
