"""QR and Code 128 of a card number as SVG without styles or scripts; colours come from the page."""

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from accounts.domain.shown import card_groups


def _runs(row: list[bool] | list[int]) -> list[tuple[int, int]]:
    """(start, length) of every run of dark modules."""
    runs: list[tuple[int, int]] = []
    for x, dark in enumerate(row):
        if not dark:
            continue
        if runs and sum(runs[-1]) == x:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((x, 1))
    return runs


def qr(number: str, *, named: bool = True) -> SafeString:
    """The QR code of a card number, one path; `named` False where the text next to it already says everything."""
    import segno  # as the bars' library: only members' cards need it

    rows = [list(row) for row in segno.make_qr(number, error="m").matrix]
    path = "".join(f"M{x} {y}h{length}v1h-{length}z" for y, row in enumerate(rows) for x, length in _runs(row))
    size = len(rows)
    if not named:
        return format_html('<svg class="qr" viewBox="0 0 {0} {0}" aria-hidden="true"><path d="{1}"/></svg>', size, path)
    label = gettext("QR code of card %(number)s") % {"number": card_groups(number)}
    return format_html('<svg class="qr" viewBox="0 0 {0} {0}" role="img" aria-label="{1}"><path d="{2}"/></svg>', size, label, path)


def barcode(number: str) -> SafeString:
    """The Code 128 bars of a card number; digits go in pairs (set C), which keeps the bars wide."""
    from barcode.codex import Code128  # loads Pillow and an XML library to draw what we draw ourselves

    bars = Code128(number).build()[0]
    path = "".join(f"M{x} 0h{length}v50h-{length}z" for x, length in _runs([bar == "1" for bar in bars]))
    label = gettext("Barcode of card %(number)s") % {"number": card_groups(number)}
    return format_html(
        '<svg class="barc" viewBox="0 0 {} 50" preserveAspectRatio="none" role="img" aria-label="{}"><path d="{}"/></svg>', len(bars), label, path
    )
