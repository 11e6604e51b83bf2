"""Recording what partners report: purchases and returns, one or thousands, each exactly once.

Documents of one partner are posted by `occurred_at`, at one instant sales before returns, then by id as
text; each is judged at its own `occurred_at`. A refused document leaves no trace and spoils no other.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from loyalty.domain import earning, ledger, levels
from loyalty.domain.earning import ZERO, Exclusions, Original, OriginalLine, Rate, ReceiptLine, Returned, assess_return, assess_unknown_return
from loyalty.domain.ledger import Book, PlannedEntry, order_ref
from loyalty.domain.orders.originals import load_originals
from loyalty.enums import EntryKind, EventKind
from loyalty.lib.batch import Batch
from loyalty.lib.errors import DomainError
from loyalty.lib.money import MAX_MONEY
from loyalty.lib.rows import NewId, Query, next_ids
from loyalty.models import Order, OrderLine, Programme, Return, ReturnLine
from partners.domain import terms as partner_terms
from partners.models import Partner, Terms


@dataclass(slots=True, frozen=True)
class Sale:
    """A purchase as reported. `discount` is the order's own, on top of the lines.

    With `hold_id` the redeemed points are captured from that hold; 0 means all that it holds. `redeemed_at`
    is when the points were asked for (default: at the purchase): a till may ask again after a top-up.
    """

    external_id: str
    member_id: int
    occurred_at: datetime
    lines: Sequence[ReceiptLine]
    discount: Decimal = ZERO
    redeem_points: int = 0
    outlet_id: int | None = None
    hold_id: UUID | None = None
    redeemed_at: datetime | None = None


@dataclass(slots=True, frozen=True)
class ReturnOf:
    """A return as reported; lines carry positive amounts. `original` is the partner's id of the purchase, if known."""

    external_id: str
    member_id: int
    occurred_at: datetime
    lines: Sequence[ReceiptLine]
    original: str | None = None


Document = Sale | ReturnOf
_LINE_COLUMNS = ("order", "position", "sku", "name", "category", "quantity", "amount", "paid", "excluded")


class KnownDocument(NamedTuple):
    """What is recorded already; `kind` is the name of a class of documents."""

    kind: str
    external_id: str
    content_hash: str
    member_id: int
    outlet_id: int | None


_KNOWN = Query(
    "SELECT 'Sale', external_id, content_hash, member_id, outlet_id FROM loyalty_order WHERE partner_id = %(partner)s AND external_id :texts ids "
    "UNION ALL SELECT 'ReturnOf', external_id, content_hash, member_id, NULL FROM loyalty_return WHERE partner_id = %(partner)s AND external_id :texts ids",
    KnownDocument,
)
# Content hash, member, outlet: what makes two documents of one id the same.
_Content = tuple[str, int, int | None]


@dataclass(slots=True)
class Outcome:
    """What became of a document: recorded, unchanged (known with this content) or rejected with a reason."""

    document: Document
    status: Literal["recorded", "unchanged", "rejected"]
    record: Order | Return | None = None
    code: str = ""
    message: str = ""


@dataclass
class _Run:
    """Everything one call of `record` has loaded and planned."""

    partner: Partner
    programme: Programme
    now: datetime
    timeline: list[Terms]
    book: Book
    known: dict[tuple[str, str], _Content]
    originals: dict[str, Original]
    wanted: frozenset[str]
    levels: dict[tuple[int, datetime], Rate]
    # Reserved for orders, returns and lines (0, 1, 2).
    ids: dict[int, list[int]]
    refused: set[str] = field(default_factory=set)
    rules: dict[int, Exclusions] = field(default_factory=dict)
    orders: list[tuple[Order, list[tuple[ReceiptLine, Decimal, str]]]] = field(default_factory=list)
    returns: list[tuple[Return, list[tuple[ReceiptLine, OriginalLine | None]]]] = field(default_factory=list)

    def terms_at(self, instant: datetime) -> Terms:
        terms = partner_terms.at(self.timeline, instant)
        if terms is None:
            raise DomainError("no_terms", f"{self.partner.name} had no terms on {instant:%Y-%m-%d}; give it terms from an earlier date.")
        return terms

    def exclusions(self, terms: Terms) -> Exclusions:
        if terms.pk not in self.rules:
            self.rules[terms.pk] = Exclusions.of(terms)
        return self.rules[terms.pk]


def posting_order(document: Document) -> tuple[datetime, bool, str]:
    """The order in which documents are posted, whatever the order of a file's rows."""
    return (document.occurred_at, isinstance(document, ReturnOf), document.external_id)


def content_hash(document: Document) -> str:
    """Names the content of a document, whatever the order of its lines; whose it is and where, is compared apart.

    No row id goes in: the same file makes the same hashes in any database.
    """
    lines = sorted([line.sku, line.name, line.category, f"{line.quantity.normalize():f}", f"{line.amount:.2f}"] for line in document.lines)
    head: list[Any] = [type(document).__name__, document.occurred_at.isoformat()]
    if isinstance(document, Sale):
        head += [f"{document.discount:.2f}", document.redeem_points, str(document.hold_id or "")]
    else:
        head += [document.original or ""]
    return hashlib.sha256(json.dumps([head, lines], ensure_ascii=False).encode()).hexdigest()


def _content(document: Document, name: str) -> _Content:
    return (name, document.member_id, document.outlet_id if isinstance(document, Sale) else None)


def record(documents: Sequence[Document], *, partner: Partner, programme: Programme, now: datetime) -> list[Outcome]:
    """Record purchases and returns of one partner in one transaction; outcomes come in the order given.

    `now` is the time of recording. Costs a constant number of statements. Repeats are recognised by the
    partner's id and content: the same content is `unchanged`, another is rejected with code `conflict`.
    """
    if not documents:
        return []
    if connection.in_atomic_block:
        # Whoever opened the transaction repeats it (domain/till/idempotency.py, loading.py).
        return _record(documents, partner=partner, programme=programme, now=now)
    try:
        return _record(documents, partner=partner, programme=programme, now=now)
    except IntegrityError:
        # Another call recorded one of these ids for another member meanwhile; now it is there to be compared.
        return _record(documents, partner=partner, programme=programme, now=now)


def _record(documents: Sequence[Document], *, partner: Partner, programme: Programme, now: datetime) -> list[Outcome]:
    with transaction.atomic(savepoint=False):
        run = _open(documents, partner=partner, programme=programme, now=now)
        outcomes: dict[int, Outcome] = {}
        for place in sorted(range(len(documents)), key=lambda place: posting_order(documents[place])):
            outcomes[place] = _judge(run, documents[place])
        _write(run)
    return [outcomes[place] for place in range(len(documents))]


def _open(documents: Sequence[Document], *, partner: Partner, programme: Programme, now: datetime) -> _Run:
    """Lock the members and read everything the documents need, in one round trip unless there are returns of known orders."""
    members = {document.member_id for document in documents}
    sales = [document for document in documents if isinstance(document, Sale)]
    returns = len(documents) - len(sales)
    wanted = sorted({document.original for document in documents if isinstance(document, ReturnOf) and document.original})
    originals: dict[str, Original] = {}
    if wanted:
        # The lock comes first: what a concurrent call recorded for these members is visible only after it.
        ledger.lock_members(members)
        originals = load_originals(partner, wanted)
    pairs = [(sale.member_id, sale.occurred_at) for sale in sales]
    ids = [document.external_id for document in documents]
    # Lines are named by returns of the same call only.
    lines = sum(len(sale.lines) for sale in sales) if returns else 0
    book, beside = ledger.open_book(
        members,
        debited={document.member_id for document in documents if isinstance(document, ReturnOf) or document.redeem_points or document.hold_id},
        orders=[original.order.pk for original in originals.values() if original.order.member_id in members],
        holds=[sale.hold_id for sale in sales if sale.hold_id],
        since=min(document.occurred_at for document in documents),
        now=now,
        reserve=(len(documents) + sum(1 for sale in sales if sale.redeem_points or sale.hold_id), 2 * len(sales)),
        also_read=[
            *partner_terms.ask_timeline(partner.pk),
            _KNOWN.ask(partner=partner.pk, ids=ids),
            next_ids((Order, len(sales), 0), (Return, returns, 0), (OrderLine, lines, 0)),
            *([levels.ask_held(pairs)] if pairs else []),
        ],
    )
    terms, exclusions, known, fresh, *held = beside
    return _Run(
        partner,
        programme,
        now,
        timeline=partner_terms.read_timeline(terms, exclusions),
        book=book,
        known={(one.kind, one.external_id): (one.content_hash, one.member_id, one.outlet_id) for one in known},
        originals=originals,
        wanted=frozenset(wanted),
        levels=_level_rates(pairs, held[0] if held else []),
        ids=_by_place(fresh),
    )


def _by_place(fresh: Sequence[NewId]) -> dict[int, list[int]]:
    return {place: [one.id for one in fresh if one.place == place] for place in range(3)}


def _level_rates(pairs: Sequence[tuple[int, datetime]], found: Sequence[levels.HeldThen]) -> dict[tuple[int, datetime], Rate]:
    """What the level a member held at each purchase adds to it. A return goes by what its order recorded."""
    held = levels.read_held(pairs, found)
    return {pair: rate for pair, level in zip(pairs, held, strict=True) if level is not None and (rate := level.rate())}


def _judge(run: _Run, document: Document) -> Outcome:
    """Apply one document to the run, or say why not."""
    kind, other = ("Sale", "ReturnOf") if isinstance(document, Sale) else ("ReturnOf", "Sale")
    content = content_hash(document)
    known = run.known.get((kind, document.external_id))
    if known == _content(document, content):
        return Outcome(document, "unchanged")
    if known is not None:
        return Outcome(document, "rejected", code="conflict", message=f"{document.external_id} is recorded already with another content.")
    if (other, document.external_id) in run.known:
        return Outcome(
            document, "rejected", code="conflict", message=f"{document.external_id} is recorded already as a {'return' if kind == 'Sale' else 'sale'}."
        )
    try:
        _check(document)
        made = _sell(run, document, content) if isinstance(document, Sale) else _return(run, document, content)
    except DomainError as error:
        if isinstance(document, Sale):
            run.refused.add(document.external_id)
        return Outcome(document, "rejected", code=error.code, message=error.message)
    run.known[kind, document.external_id] = _content(document, content)
    return Outcome(document, "recorded", record=made)


def _check(document: Document) -> None:
    """Raise DomainError no_lines, invalid_amount or order_too_large for what no receipt can say."""
    if not document.lines:
        raise DomainError("no_lines", f"{document.external_id} has no lines.")
    for money in (*(line.amount for line in document.lines), document.discount if isinstance(document, Sale) else ZERO):
        if not money.is_finite() or money < 0 or money != round(money, 2):
            raise DomainError("invalid_amount", f"{money} in {document.external_id} is not an amount of 0 or more with at most 2 decimal places.")
    if isinstance(document, Sale) and document.redeem_points < 0:
        raise DomainError("invalid_amount", f"{document.redeem_points} points can't be redeemed.")
    if sum((line.amount for line in document.lines), ZERO) > MAX_MONEY:
        raise DomainError("order_too_large", f"The total of {document.external_id} is above {MAX_MONEY}.")


def _sell(run: _Run, sale: Sale, content: str) -> Order:
    terms = run.terms_at(sale.occurred_at)
    redeemed = _points_to_redeem(run, sale)
    made = earning.make_receipt(
        sale.lines,
        discount=sale.discount,
        redeemed=redeemed,
        occurred_at=sale.occurred_at,
        terms=terms,
        exclusions=run.exclusions(terms),
        programme=run.programme,
        level=run.levels.get((sale.member_id, sale.occurred_at)),
    )
    accrual, available_at, expires_at = made.accrual, made.available_at, made.expires_at
    accrual.explanation.update(available_at=available_at.isoformat(), expires_at=expires_at.isoformat() if expires_at else None, terms=terms.pk)
    order = Order(
        partner=run.partner,
        external_id=sale.external_id,
        member_id=sale.member_id,
        outlet_id=sale.outlet_id,
        terms=terms,
        occurred_at=sale.occurred_at,
        created_at=run.now,
        total=made.total,
        discount=sale.discount,
        paid_with_points=made.by_points,
        points_redeemed=redeemed,
        eligible=accrual.eligible,
        points_earned=accrual.total,
        explanation=accrual.explanation,
        content_hash=content,
    )
    if redeemed:
        entry = _entry(run, order, EntryKind.REDEMPTION, -redeemed, "redemption")
        entry.occurred_at = max(sale.occurred_at, sale.redeemed_at or sale.occurred_at)
        if sale.hold_id:
            run.book.capture(entry, hold_id=sale.hold_id)
        else:
            run.book.spend(entry)
    if accrual.total:
        entry = _entry(run, order, EntryKind.ACCRUAL, accrual.total, "accrual")
        run.book.credit(entry, parts=accrual.parts, available_at=available_at, expires_at=expires_at)
    run.orders.append((order, list(zip(sale.lines, made.paid, made.excluded, strict=True))))
    if sale.external_id in run.wanted:
        lines = [
            OriginalLine(line.sku, line.name, line.category, value, money, reason, position=position)
            for position, (line, value, money, reason) in enumerate(zip(sale.lines, made.values, made.paid, made.excluded, strict=True))
        ]
        run.originals[sale.external_id] = Original(order, lines)
    return order


def _points_to_redeem(run: _Run, sale: Sale) -> int:
    """The points that pay for the order: those asked for, or all that its hold set aside."""
    if not sale.hold_id:
        return sale.redeem_points
    hold = run.book.holds.get(sale.hold_id)
    if hold is None or hold.partner_id != run.partner.pk:
        raise DomainError("unknown_hold", "There is no such hold.")
    return sale.redeem_points or hold.points


def _return(run: _Run, document: ReturnOf, content: str) -> Return:
    if document.original in run.refused:
        raise DomainError("original_rejected", f"Its order {document.original} was rejected.")
    original = run.originals.get(document.original) if document.original else None
    if original is None:
        return _return_of_unknown(run, document, content)
    order = original.order
    if order.member_id != document.member_id:
        raise DomainError("other_member", f"The order {order.external_id} belongs to another member.")
    if document.occurred_at < order.occurred_at:
        raise DomainError("return_before_order", f"The return is dated before its order {order.external_id}.")
    judged = assess_return(original, [(line.sku, line.amount) for line in document.lines])
    made = _new_return(run, document, content, terms=order.terms, judged=judged, original=original)
    if judged.due:
        entry = _return_entry(run, made, EntryKind.RETURN_ACCRUAL, -judged.due, "return_accrual")
        entry.order = order
        taken = run.book.take_back(
            entry, due=judged.due, own=order_ref(order), expired_before=original.points_expired, shortfall=run.programme.return_shortfall
        )
        made.points_expired = taken.expired
        original.points_expired += taken.expired
    if judged.restored:
        entry = _return_entry(run, made, EntryKind.RETURN_REDEMPTION, judged.restored, "return_redemption")
        entry.order = order
        run.book.give_back(entry, order=order, already=original.points_restored - judged.restored, zone=run.programme.zone)
    rows: list[tuple[ReceiptLine, OriginalLine | None]] = [(ReceiptLine(value, line.sku, line.name, line.category), line) for line, value in judged.by_line]
    run.returns.append((made, rows))
    return made


def _return_of_unknown(run: _Run, document: ReturnOf, content: str) -> Return:
    """The purchase isn't known: see earning.assess_unknown_return."""
    terms = run.terms_at(document.occurred_at)
    judged = assess_unknown_return(document.lines, terms=terms, exclusions=run.exclusions(terms), programme=run.programme)
    made = _new_return(run, document, content, terms=terms, judged=judged, original=None)
    if judged.due:
        entry = _return_entry(run, made, EntryKind.RETURN_ACCRUAL, -judged.due, "return_accrual")
        run.book.take_back(entry, due=judged.due, own=None, expired_before=0, shortfall=run.programme.return_shortfall)
    run.returns.append((made, [(line, None) for line in document.lines]))
    return made


def _new_return(run: _Run, document: ReturnOf, content: str, *, terms: Terms, judged: Returned, original: Original | None) -> Return:
    return Return(
        partner=run.partner,
        external_id=document.external_id,
        member_id=document.member_id,
        order=original.order if original else None,
        terms=terms,
        occurred_at=document.occurred_at,
        created_at=run.now,
        total=judged.total,
        paid_with_points=judged.paid_with_points,
        points_due=judged.due,
        points_restored=judged.restored,
        explanation=judged.explanation,
        content_hash=content,
    )


def _entry(run: _Run, order: Order, kind: EntryKind, points: int, prefix: str) -> PlannedEntry:
    key = f"{prefix}:{run.partner.pk}:{order.external_id}"
    return PlannedEntry(order.member_id, kind, points, order.occurred_at, key=key, order=order, partner_id=run.partner.pk)


def _return_entry(run: _Run, made: Return, kind: EntryKind, points: int, prefix: str) -> PlannedEntry:
    key = f"{prefix}:{run.partner.pk}:{made.external_id}"
    return PlannedEntry(made.member_id, kind, points, made.occurred_at, key=key, order_return=made, partner_id=run.partner.pk)


def _write(run: _Run) -> None:
    """Write the documents and the book together."""
    batch = Batch()
    order_ids, return_ids, line_ids = run.ids[0], run.ids[1], run.ids[2]
    for (order, _lines), pk in zip(run.orders, order_ids, strict=False):
        order.pk = pk
    _insert(batch, Order, [order for order, _lines in run.orders])
    rows = [
        (order.pk, position, line.sku, line.name, line.category, line.quantity, line.amount, paid, excluded)
        for order, lines in run.orders
        for position, (line, paid, excluded) in enumerate(lines)
    ]
    ids = {(order_id, position): pk for (order_id, position, *_line), pk in zip(rows, line_ids, strict=False)}
    if line_ids:
        batch.insert(OrderLine, ("id", *_LINE_COLUMNS), [(pk, *row) for pk, row in zip(line_ids, rows, strict=False)])
    else:
        batch.insert(OrderLine, _LINE_COLUMNS, rows)
    for (made, _items), pk in zip(run.returns, return_ids, strict=False):
        made.pk = pk
        if made.order is not None:
            # Setting the object again copies its id; setting the id would forget the object.
            made.order = made.order
    _insert(batch, Return, [made for made, _items in run.returns])
    back = []
    for made, items in run.returns:
        for position, (line, source) in enumerate(items):
            source_id = None if source is None or made.order is None else source.id or ids[made.order.pk, source.position]
            back.append((made.pk, source_id, position, line.sku, line.name, line.category, line.quantity, line.amount))
    batch.insert(ReturnLine, ("order_return", "order_line", "position", "sku", "name", "category", "quantity", "amount"), back)
    sold = [(EventKind.ORDER_RECORDED, order.member_id, order.occurred_at, {"order": order.pk, "partner": run.partner.pk}) for order, _lines in run.orders]
    returned = [
        (EventKind.RETURN_RECORDED, made.member_id, made.occurred_at, {"return": made.pk, "order": made.order_id, "partner": run.partner.pk})
        for made, _lines in run.returns
    ]
    ledger.write(run.book, batch=batch, more_events=[*sold, *returned])


def _insert(batch: Batch, model: type[Order] | type[Return], made: Sequence[Order | Return]) -> None:
    fields = model._meta.concrete_fields
    batch.insert(model, [field.name for field in fields], [[getattr(one, field.attname) for field in fields] for one in made])
