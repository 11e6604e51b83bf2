"""Cells that a spreadsheet would run get an apostrophe, and lose it when our own file is read again."""

import csv
import io
from decimal import Decimal

import pytest

from loyalty.lib.tables import as_typed, csv_chunks, safe


@pytest.mark.parametrize("text", ["=1+1", "+7 495", "-a", "@a", "\t=1", "\r=1", "\n=1", "＝1", "|cmd", "%a|b", "-5"])
def test_a_text_that_begins_like_a_formula_gets_an_apostrophe(text: str) -> None:
    [[cell]] = csv.reader(io.StringIO("".join(csv_chunks([[text]])).removeprefix("\ufeff"), newline=""))
    assert cell.startswith("'")
    assert as_typed(cell) == text


@pytest.mark.parametrize("text", ["", "a=1", "50 %", "a|b", "'quoted'", "’", "it's"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    [[cell, _end]] = csv.reader(io.StringIO("".join(csv_chunks([[text, "x"]])).removeprefix("\ufeff"), newline=""))
    assert cell == text
    assert as_typed(cell) == text


def test_numbers_are_no_formulas() -> None:
    assert "".join(csv_chunks([[-5, Decimal("-1.50"), None]])) == "\ufeff-5,-1.50,\r\n"
    assert safe(-5) == -5
