"""A month's statement of a partner, as its desk and staff see it: the month that is asked for, the words, the documents as a file."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from django.http import Http404, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.domain import settlement as settlements
from loyalty.domain.settlement import Movement, Settlement, Whose
from loyalty.enums import EntryKind
from loyalty.lib.errors import DomainError
from loyalty.lib.tables import Cell
from loyalty.models import Programme
from loyalty.web import tables
from partners.models import Partner

REASONS = {
    "base": _("at the base rate"),
    "level": _("for levels"),
    "offer": _("for offers"),
    "grace": _("given back before"),
    "grant": _("granted"),
}
WHATS = {
    "issued": _("Issued"),
    "taken_back": _("Taken back by a return"),
    "redeemed": _("Accepted"),
    "given_back": _("Given back by a return"),
    "fee": _("Fee"),
}


def reason_words(reason: str) -> str:
    """For what points were issued: “at the base rate”."""
    return str(REASONS[reason] if reason in REASONS else EntryKind(reason).label) if reason else ""


def month_asked(text: str, months: list[date]) -> date:
    """The month of an address; the present one without any. 404 for what no statement can be of."""
    if not text:
        return months[0]
    try:
        month = settlements.parse_month(text)
    except DomainError:
        raise Http404 from None
    if month not in months:
        raise Http404
    return month


def documents(kind: str, settlement: Settlement, *, partner: Partner, programme: Programme) -> HttpResponse:
    """A statement's movements as a file, then its fees: the amounts add up to the statement."""
    header = [
        gettext("Date"), gettext("Recorded"), gettext("Document"), gettext("What"), gettext("For what"), gettext("Points"),
        gettext("Amount, %(currency)s") % {"currency": programme.currency}, gettext("Value of the document"), gettext("Correction"),
    ]  # fmt: skip
    response: HttpResponse = tables.download(  # type: ignore[assignment]
        kind, name=f"{partner.slug}-{settlement.month:%Y-%m}", header=header, rows=_rows(settlement, Whose(partner.pk), programme)
    )
    return response


def _rows(settlement: Settlement, whose: Whose, programme: Programme) -> Iterator[list[Cell]]:
    # The rows are made while they are sent, when the request's language may be forgotten.
    whats = {code: str(words) for code, words in WHATS.items()}
    reasons = {reason: reason_words(reason) for reason in [*REASONS, *settlement.sums.issued, *settlement.late.issued]}
    yes = gettext("yes")

    def made() -> Iterator[list[Cell]]:
        for row in settlements.every_movement(whose, settlement.spans):
            yield _row(row, whats, reasons, programme, yes)
        for late, lines in ((False, settlement.lines), (True, settlement.corrections)):
            for line in lines:
                if line.code == "fee":
                    yield ["", "", "", whats["fee"], "", None, line.money, line.turnover, yes if late else ""]

    return made()


def _row(row: Movement, whats: dict[str, str], reasons: dict[str, str], programme: Programme, yes: str) -> list[Cell]:
    at, recorded = (instant.astimezone(programme.zone).strftime("%Y-%m-%d %H:%M") for instant in (row.at, row.recorded_at))
    exact = (row.points * programme.point_value).normalize()
    # No exponents: 2E+2 is 200.
    amount = exact.quantize(Decimal(1)) if exact == exact.to_integral_value() else exact
    words = reasons.get(row.reason, row.reason) if row.what == "issued" else ""
    return [at, recorded, row.document, whats[row.what], words, row.points, amount, row.money, yes if row.late else ""]
