"""Reading a file of orders: the whole file is checked and grouped before anything is posted. No database."""

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from zoneinfo import ZoneInfo

from loyalty.domain.earning import ReceiptLine
from loyalty.lib.csv_file import REASON, check_header, readable
from loyalty.lib.errors import DomainError
from loyalty.lib.money import parse_money

REQUIRED = ("order_id", "member", "occurred_at", "amount")
OPTIONAL = ("type", "original_order_id", "outlet", "sku", "name", "category", "quantity")
_LENGTHS = {"order_id": 100, "original_order_id": 100, "outlet": 64, "sku": 64, "name": 300, "category": 120, "member": 254}
_MAX_QUANTITY = Decimal(999_999_999)


@dataclass(slots=True)
class FileDocument:
    """The rows of one order_id. `rows` are their places in the file (1 = first row after the header)."""

    order_id: str
    member: str
    is_return: bool
    original: str
    outlet: str
    occurred_at: datetime
    lines: list[ReceiptLine] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)


@dataclass(slots=True)
class OrderFile:
    """A file that was read to its end."""

    columns: list[str]
    ignored: list[str]
    rows: int
    documents: list[FileDocument]
    rejected: dict[int, str]
    bad_orders: set[str]


def read(path: Path, *, zone: ZoneInfo, progress: Callable[[int], object] = lambda rows: None) -> OrderFile:
    """Read, check and group a CSV file (gzip where the name ends in .gz). Naive times are in `zone`.

    An order is taken whole or not at all: a bad row takes the other rows of its order along, so that the
    corrected order can be loaded later. Raises DomainError bad_file for a file that can't be read to its end
    or lacks a column: then nothing of it may be posted.
    """
    with readable(path) as stream:
        reader = csv.reader(stream, strict=True)
        header = [name.strip().lower() for name in next(reader, [])]
        check_header(header, path, required=REQUIRED)
        parser = _RowParser(header, zone)
        place = 0
        short: int | None = None
        for place, row in enumerate(reader, start=1):
            if not row:
                continue
            if len(row) != len(header):
                short = place if len(row) < len(header) else None
                parser.reject(place, _order_id(row, header), f"the row has {len(row)} columns, the header {len(header)}")
            else:
                short = None
                parser.take(place, row)
            if not place % 5000:
                progress(place)
        progress(place)
        if short == place and place and not stream.ends_with_newline:
            raise DomainError("bad_file", f"{path.name} is cut off in row {place}: nothing was loaded. Get the whole file and try again.")
    return OrderFile(
        header, [name for name in header if name not in (*REQUIRED, *OPTIONAL, REASON)], place, parser.documents(), parser.rejected, set(parser.bad_orders)
    )


def _order_id(row: list[str], header: list[str]) -> str:
    place = header.index("order_id")
    return row[place].strip() if place < len(row) else ""


class _RowParser:
    """Groups rows into documents; repeated texts, times and amounts are parsed and kept once."""

    def __init__(self, header: list[str], zone: ZoneInfo) -> None:
        self.place_of = {name: header.index(name) for name in (*REQUIRED, *OPTIONAL) if name in header}
        self.zone = zone
        self.rejected: dict[int, str] = {}
        self._documents: dict[str, FileDocument] = {}
        self.bad_orders: dict[str, int] = {}
        self._texts: dict[str, str] = {}
        self._times: dict[str, datetime] = {}
        self._money: dict[str, Decimal] = {}
        self._quantities: dict[str, Decimal] = {"": Decimal(1)}

    def reject(self, place: int, order_id: str, reason: str) -> None:
        self.rejected[place] = reason
        if order_id:
            self.bad_orders.setdefault(order_id, place)

    def take(self, place: int, row: list[str]) -> None:
        values = {name: row[at].strip() for name, at in self.place_of.items()}
        try:
            self._take(place, values)
        except ValueError as error:
            self.reject(place, values["order_id"], str(error))

    def _take(self, place: int, values: dict[str, str]) -> None:
        for name, value in values.items():
            if "\x00" in value:
                raise ValueError(f"{name} contains a NUL character")
            if len(value) > _LENGTHS.get(name, 64):
                raise ValueError(f"{name} is longer than {_LENGTHS.get(name, 64)} characters")
        for name in ("order_id", "member"):
            if not values[name]:
                raise ValueError(f"{name} is empty")
        kind = values.get("type", "").lower() or "sale"
        if kind not in ("sale", "return"):
            raise ValueError(f"type “{kind}” is neither sale nor return")
        occurred_at = self._time(values["occurred_at"])
        amount = self._amount(values["amount"])
        line = ReceiptLine(
            amount,
            sku=self._text(values.get("sku", "")),
            name=self._text(values.get("name", "")),
            category=self._text(values.get("category", "")),
            quantity=self._quantity(values.get("quantity", "")),
        )
        known = self._documents.get(values["order_id"])
        if known is None:
            known = FileDocument(
                values["order_id"], self._text(values["member"]), kind == "return", values.get("original_order_id", ""), values.get("outlet", ""), occurred_at
            )
            self._documents[known.order_id] = known
        else:
            self._check_same(known, values, is_return=kind == "return")
            # An order with several time stamps happened at the earliest.
            known.occurred_at = min(known.occurred_at, occurred_at)
        known.lines.append(line)
        known.rows.append(place)

    @staticmethod
    def _check_same(known: FileDocument, values: dict[str, str], *, is_return: bool) -> None:
        for name, first, here in (
            ("member", known.member, values["member"]),
            ("type", known.is_return, is_return),
            ("original_order_id", known.original, values.get("original_order_id", "")),
            ("outlet", known.outlet, values.get("outlet", "")),
        ):
            if first != here:
                raise ValueError(f"{name} differs from the order's first row {known.rows[0]}")

    def documents(self) -> list[FileDocument]:
        """The sound documents; the rows of the others are rejected with their bad row named."""
        sound = []
        for document in self._documents.values():
            bad = self.bad_orders.get(document.order_id)
            if bad is None:
                sound.append(document)
                continue
            for place in document.rows:
                self.rejected.setdefault(place, f"row {bad} of the same order is bad")
        return sound

    def _text(self, text: str) -> str:
        return self._texts.setdefault(text, text)

    def _time(self, text: str) -> datetime:
        known = self._times.get(text)
        if known is None:
            try:
                parsed = datetime.fromisoformat(text)
                if parsed.tzinfo is None:
                    parsed = parsed.replace(tzinfo=self.zone)
                known = parsed.astimezone(UTC)
            except (ValueError, OverflowError):
                raise ValueError(f"occurred_at “{text[:40]}” is not a date and time, as in 2026-11-22T14:05:00") from None
            if not 1970 <= known.year < 2200:
                raise ValueError(f"occurred_at “{text[:40]}” is not between 1970 and 2200")
            self._times[text] = known
        return known

    def _amount(self, text: str) -> Decimal:
        known = self._money.get(text)
        if known is None:
            try:
                known = self._money[text] = parse_money(text)
            except ValueError as error:
                raise ValueError(f"amount {error}") from None
        return known

    def _quantity(self, text: str) -> Decimal:
        known = self._quantities.get(text)
        if known is None:
            try:
                known = Decimal(text)
            except InvalidOperation:
                raise ValueError(f"quantity “{text[:40]}” is not a number") from None
            if not known.is_finite() or not 0 <= known <= _MAX_QUANTITY or known != round(known, 3):
                raise ValueError(f"quantity {text[:40]} must be between 0 and {_MAX_QUANTITY} with at most 3 decimal places")
            self._quantities[text] = known
        return known
