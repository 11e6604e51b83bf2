"""Numbers, points, money, dates and contacts in both languages."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import translation

from accounts.domain import shown as contacts
from loyalty.templatetags import dates, history, numbers
from partners.templatetags import catalogue

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("name", "arguments", "russian", "english"),
    [
        ("num", (0,), "0", "0"),
        ("num", (None,), "0", "0"),
        ("num", (1240,), "1_240", "1,240"),
        ("num", (-1234567,), "−1_234_567", "−1,234,567"),
        ("num", (Decimal("38.4000"),), "38,4", "38.4"),
        ("num", (Decimal("12.3456789"),), "12,3456", "12.3456"),
        ("signed", (64,), "+64", "+64"),
        ("signed", (-480,), "−480", "−480"),
        ("signed", ("151.5000",), "+151,5", "+151.5"),
        ("negative", (480,), "−480", "−480"),
        ("points", (1,), "1_балл", "1_point"),
        ("points", (2,), "2_балла", "2_points"),
        ("points", (5,), "5_баллов", "5_points"),
        ("points", (11,), "11_баллов", "11_points"),
        ("points", (21,), "21_балл", "21_points"),
        ("points", (752,), "752_балла", "752_points"),
        ("point_word", (3240,), "баллов", "points"),
        ("days", (1,), "1_день", "1_day"),
        ("days", (365,), "365_дней", "365_days"),
        ("money", (Decimal("640.00"), "RUB"), "640_₽", "₽640"),
        ("money", (Decimal("1234.50"), "GBP"), "1_234,50_£", "£1,234.50"),
        ("money", (Decimal(-480), "RUB"), "−480_₽", "−₽480"),
        ("money", (Decimal(640), "CHF"), "640_CHF", "640_CHF"),
        ("minus_money", (Decimal(40), "EUR"), "−40_€", "−€40"),
        ("exact_money", (Decimal("0.1250"), "RUB"), "0,125_₽", "₽0.125"),
        ("exact_money", (Decimal("1.0000"), "RUB"), "1_₽", "₽1"),
        ("pct", ("2.5",), "2,5_%", "2.5%"),
        ("pct", (Decimal("10.000"),), "10_%", "10%"),
        ("day", (date(2026, 11, 28),), "28_ноября", "28_November"),
        ("day", (date(2025, 5, 1),), "1_мая 2025", "1_May 2025"),
        ("day_short", (date(2026, 12, 12),), "12_дек", "12_Dec"),
        ("day_short", (date(2027, 5, 9),), "9_май 2027", "9_May 2027"),
        ("month", (date(2026, 11, 1),), "Ноябрь", "November"),
        ("month", (date(2024, 3, 1),), "Март 2024", "March 2024"),
        ("month_since", (date(2024, 3, 1),), "марта 2024_года", "March 2024"),
        ("month_short", (date(2026, 6, 1),), "июн", "Jun"),
        ("clock", (datetime(2026, 11, 28, 7, 5, tzinfo=UTC),), "07:05", "07:05"),
        ("card_groups", ("9040281755360142",), "9040_2817 5536_0142", "9040_2817 5536_0142"),
        ("masked", ("+79001234542",), "+7_900_•••-••-42", "+7_900_•••-••-42"),
        ("masked", ("maria@example.org",), "m•••@example.org", "m•••@example.org"),
        ("masked", ("",), "", ""),
    ],
)
@time_machine.travel("2026-11-28T09:00:00Z", tick=False)
def test_formats(name: str, arguments: tuple[Any, ...], russian: str, english: str) -> None:
    [written, *_none] = [getattr(module, name) for module in (numbers, dates, contacts, catalogue) if hasattr(module, name)]
    for language, expected in (("ru", russian), ("en", english)):
        with translation.override(language):
            assert written(*arguments) == expected.replace("_", NBSP), language


def test_a_masked_contact_never_shows_its_middle() -> None:
    for phone in ("+79001234542", "+37120001234", "+441632960001", "+1 650 253 0000"):
        digits = "".join(c for c in phone if c.isdigit())
        shown = contacts.masked_phone(phone)
        assert digits[-7:-2] not in "".join(c for c in shown if c.isdigit())
        assert shown.startswith("+")


def test_the_parts_of_an_explanation_and_its_rounding_add_up() -> None:
    explanation = {"total": 15, "parts": [{"exact": "15.2549"}, {"exact": "0.3333"}]}
    shown = sum((numbers.cut(part["exact"], 2) for part in explanation["parts"]), Decimal(0))  # type: ignore[attr-defined]
    assert shown + history.rounding_gap(explanation) == explanation["total"]
