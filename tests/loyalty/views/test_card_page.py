"""/card/."""

import re

import segno
from django.test import Client

from accounts.models import Member
from loyalty.views.codes import barcode, qr
from tests.loyalty.views.pages import raw, text


def _drawn(svg: str) -> set[tuple[int, int]]:
    """The dark modules of a path made of horizontal runs."""
    runs = [(int(x), int(y), int(length)) for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v", svg)]
    return {(x + step, y) for x, y, length in runs for step in range(length)}


def test_the_qr_code_is_the_number() -> None:
    number = "9040281755360145"
    matrix = segno.make_qr(number, error="m").matrix
    assert _drawn(qr(number)) == {(x, y) for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark}


def test_the_barcode_is_code_128_with_digits_in_pairs() -> None:
    svg = barcode("9040281755360145")
    bars = {x for x, _y in _drawn(svg)}
    # Start C, eight pairs, check, stop: 11 modules each, the stop 13.
    assert 'viewBox="0 0 123 50"' in svg
    assert [x in bars for x in range(11)] == [bit == "1" for bit in "11010011100"]
    assert [x in bars for x in range(110, 123)] == [bit == "1" for bit in "1100011101011"]


def test_the_card_is_always_light_and_needs_no_other_file_for_its_codes(client: Client, member: Member) -> None:
    member.user.theme = "dark"  # type: ignore[union-attr]
    member.user.save(update_fields=["theme"])  # type: ignore[union-attr]
    page = raw(client.get("/card/"))
    assert 'data-theme="light"' in page
    assert "icons.svg" not in page
    assert page.count("<path d=") >= 2
    number = member.cards.get().number
    assert f'copy-button value="{number}"' in page
    assert "Available 0 points" in text(client.get("/card/"))


def test_replacing_the_card_changes_the_mark_of_the_kept_copy(client: Client, member: Member) -> None:
    def mark() -> str:
        found = re.search(r'data-member="(\w+)"', raw(client.get("/")))
        assert found
        return found[1]

    before = mark()
    assert mark() == before
    member.cards.update(is_primary=False)
    assert mark() != before
