"""Loading a file of orders: in chunks, each one transaction, so that it can be stopped and run again."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.db import IntegrityError, OperationalError, transaction

from loyalty.domain.orders import files
from loyalty.domain.orders.files import FileDocument
from loyalty.domain.orders.recording import Document, Outcome, ReturnOf, Sale, record
from loyalty.lib import csv_file
from loyalty.models import Programme
from partners.domain import customer_number
from partners.models import Outlet, Partner

_CHUNK = 1000
_TRIES = 5


@dataclass
class ImportResult:
    """What a load did. Rejected rows are counted by reason and kept by place."""

    rows: int
    sales: int = 0
    returns: int = 0
    unchanged: int = 0
    ignored_columns: list[str] = field(default_factory=list)
    rejected: dict[int, str] = field(default_factory=dict)
    refused_orders: set[str] = field(default_factory=set)

    @property
    def reasons(self) -> Counter[str]:
        return Counter(self.rejected.values())


def import_orders(
    path: Path,
    *,
    partner: Partner,
    programme: Programme,
    now: datetime,
    rejects: Path | None = None,
    reading: Callable[[int], object] = lambda rows: None,
    posted: Callable[[int, int], object] = lambda done, total: None,
) -> ImportResult:
    """Load a partner's orders and returns; see DESIGN section 4 for the columns.

    The file is read whole first: DomainError bad_file means nothing was posted. Then documents are posted in
    business order. Bad rows are collected (and written to `rejects`, if given, once the rest is loaded).
    `reading` is called with the rows read, `posted` with the documents done and their total.
    """
    file = files.read(path, zone=programme.zone, progress=reading)
    result = ImportResult(rows=file.rows, ignored_columns=file.ignored, rejected=file.rejected, refused_orders=file.bad_orders)
    outlets = dict(Outlet.objects.filter(partner=partner).values_list("external_id", "pk"))
    documents = _postable(file.documents, outlets, result)
    total = len(documents)
    for start in range(0, total, _CHUNK):
        chunk = documents[start : start + _CHUNK]
        _post(chunk, outlets, result, partner=partner, programme=programme, now=now)
        posted(start + len(chunk), total)
    if rejects is not None:
        csv_file.write_rejects(path, rejects, result.rejected)
    return result


def _postable(documents: list[FileDocument], outlets: dict[str, int], result: ImportResult) -> list[FileDocument]:
    """The documents without a reason against them, in business order."""
    good = []
    for document in documents:
        if document.outlet and document.outlet not in outlets:
            _reject(document, f"the outlet “{document.outlet}” is unknown; import the outlets first", result)
        elif document.original and not document.is_return:
            _reject(document, "a sale has no original_order_id", result)
        else:
            good.append(document)
    good.sort(key=lambda document: (document.occurred_at, document.is_return, document.order_id))
    return good


def _post(chunk: list[FileDocument], outlets: dict[str, int], result: ImportResult, *, partner: Partner, programme: Programme, now: datetime) -> None:
    for tries_left in reversed(range(_TRIES)):
        try:
            outcomes, refused = _post_once(chunk, outlets, result.refused_orders, partner=partner, programme=programme, now=now)
            break
        except (IntegrityError, OperationalError):
            # Somebody else made one of the members meanwhile, or keeps one locked; the chunk is undone and comes again.
            if not tries_left:
                raise
    for document, reason in refused:
        _reject(document, reason, result)
    for document, outcome in outcomes:
        if outcome.status == "rejected":
            # After a conflict the order is there all the same, and its returns are judged by it.
            _reject(document, outcome.message, result, order_exists=outcome.code == "conflict")
        elif outcome.status == "unchanged":
            result.unchanged += 1
        elif document.is_return:
            result.returns += 1
        else:
            result.sales += 1


def _post_once(
    chunk: list[FileDocument], outlets: dict[str, int], refused_before: set[str], *, partner: Partner, programme: Programme, now: datetime
) -> tuple[list[tuple[FileDocument, Outcome]], list[tuple[FileDocument, str]]]:
    """Post a chunk in one transaction: (document, outcome) of those whose member is known, (document, reason) of the others."""
    newcomers: dict[str, datetime] = {}
    refused: list[tuple[FileDocument, str]] = []
    refused_orders = set(refused_before)
    with transaction.atomic():
        found = customer_number.resolve({document.member for document in chunk}, partner=partner)
        posted = []
        for document in chunk:
            reason = f"its order {document.original} was rejected" if document.original in refused_orders else ""
            if not reason and found.is_unknown(document.member):
                newcomers.setdefault(document.member, document.occurred_at)
            elif not reason:
                reason = found.refusal(document.member, at=document.occurred_at)
            if not reason:
                posted.append(document)
                continue
            refused.append((document, reason))
            if not document.is_return:
                refused_orders.add(document.order_id)
        made = customer_number.make_members(newcomers, partner=partner, now=now)
        members = found.found | made
        outcomes = record([_document(one, members[one.member], outlets) for one in posted], partner=partner, programme=programme, now=now)
        needed = {outcome.document.member_id for outcome in outcomes if outcome.status != "rejected"}
        customer_number.forget_members(set(made.values()) - needed)
    return list(zip(posted, outcomes, strict=True)), refused


def _document(document: FileDocument, member_id: int, outlets: dict[str, int]) -> Document:
    if document.is_return:
        return ReturnOf(document.order_id, member_id, document.occurred_at, document.lines, original=document.original or None)
    outlet_id = outlets[document.outlet] if document.outlet else None
    return Sale(document.order_id, member_id, document.occurred_at, document.lines, outlet_id=outlet_id)


def _reject(document: FileDocument, reason: str, result: ImportResult, *, order_exists: bool = False) -> None:
    result.rejected.update(dict.fromkeys(document.rows, reason))
    if not document.is_return and not order_exists:
        result.refused_orders.add(document.order_id)
