"""What tills and shops report, in their own words: members, outlets and orders are named from outside.

Names are resolved here, spends authorised, documents recorded by domain/orders/recording.py. Lists cost a constant
number of statements; only orders of a batch that spend points without a hold are recorded one by one.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple
from uuid import UUID

from django.db import transaction

from accounts.domain import card as cards
from accounts.models import Card, Member
from loyalty.domain import ledger
from loyalty.domain.earning import ZERO, ReceiptLine
from loyalty.domain.ledger import Standing, standings
from loyalty.domain.orders import Outcome, ReturnOf, Sale, posting_order, record
from loyalty.domain.till import spending
from loyalty.domain.till.spending import Proof
from loyalty.enums import EntryKind
from loyalty.lib.errors import DomainError
from loyalty.lib.rows import Query, text_set
from loyalty.models import Entry, Order, Programme, Return
from partners.models import CustomerNumber, Outlet, Partner


class CardNamed(NamedTuple):
    """Whose a card is."""

    number: str
    member_id: int
    is_blocked: bool


_CARDS = Query("SELECT number, member_id, blocked_at IS NOT NULL FROM accounts_card WHERE number :texts numbers", CardNamed)


@dataclass(slots=True, frozen=True)
class MemberRef:
    """How a till names a member; values in normal form (accounts.domain.reference)."""

    kind: Literal["token", "card", "phone", "email", "external_id"]
    value: str

    @property
    def proof(self) -> Proof:
        """What naming the member like this proves when points are spent."""
        if self.kind == "token":
            return Proof("token", self.value)
        return Proof("card" if self.kind == "card" else "other")


@dataclass(slots=True, frozen=True)
class TillOrder:
    """A purchase as a till reports it."""

    external_id: str
    member: MemberRef
    occurred_at: datetime
    lines: Sequence[ReceiptLine]
    discount: Decimal = ZERO
    redeem_points: int = 0
    outlet: str | None = None
    hold_id: UUID | None = None

    @property
    def needs_proof(self) -> bool:
        """Whether points are spent here and now: what a hold set aside was proven when it was placed."""
        return bool(self.redeem_points) and self.hold_id is None


@dataclass(slots=True, frozen=True)
class TillReturn:
    """A return as a till reports it. Exactly one of `original` (a recorded order) and `member` is given."""

    external_id: str
    occurred_at: datetime
    lines: Sequence[ReceiptLine]
    original: str | None = None
    member: MemberRef | None = None


@dataclass(slots=True)
class Reported:
    """What became of one reported order: its row, or why it was refused."""

    status: Literal["recorded", "unchanged", "rejected"]
    order: Order | None = None
    balance: Standing | None = None
    code: str = ""
    message: str = ""
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, frozen=True)
class ReportedReturn:
    """A recorded return with what it did to the account. Points."""

    made: Return
    created: bool
    taken: int
    forgiven: int
    balance: Standing


def find_members(refs: Iterable[tuple[MemberRef, datetime]], *, partner: Partner, now: datetime) -> dict[MemberRef, int | DomainError]:
    """Who is meant, or why nobody is: unknown_member, card_blocked (by the time of use), token_unknown, token_expired.

    At most four queries, however many names.
    """
    used: dict[MemberRef, datetime] = {}
    for ref, at in refs:
        used[ref] = max(at, used.get(ref, at))
    by_kind: dict[str, set[str]] = defaultdict(set)
    for ref in used:
        by_kind[ref.kind].add(ref.value)
    found: dict[MemberRef, int | DomainError] = {}
    for kind, values in by_kind.items():
        for value, member_id in _look_up(kind, values, partner=partner):
            found[MemberRef(kind, value)] = member_id  # type: ignore[arg-type]
    by_card = _CARDS.ask(numbers=by_kind["card"]).rows() if by_kind["card"] else []
    found |= {MemberRef("card", card.number): card.member_id for card in by_card}
    if any(card.is_blocked for card in by_card):
        blocked = Card.objects.filter(number__in=text_set(by_kind["card"]), blocked_at__isnull=False)
        for card in blocked:
            ref = MemberRef("card", card.number)
            if card.blocked_at is not None and used[ref] >= card.blocked_at:
                found[ref] = cards.blocked(card)
    for ref in used:
        if ref.kind == "token":
            try:
                found[ref] = spending.resolve_token(ref.value, now)
            except DomainError as error:
                found[ref] = error
        elif ref not in found:
            found[ref] = DomainError("unknown_member", "There is no such member; enrol them first.")
    return found


def find_member(ref: MemberRef, *, partner: Partner, now: datetime) -> int:
    """The member a till names now. Raises DomainError: unknown_member, card_blocked, token_unknown, token_expired."""
    found = find_members([(ref, now)], partner=partner, now=now)[ref]
    if isinstance(found, DomainError):
        raise found
    return found


def _look_up(kind: str, values: Collection[str], *, partner: Partner) -> Iterable[tuple[str, int]]:
    if kind == "external_id":
        return CustomerNumber.objects.filter(partner=partner, number__in=text_set(values)).values_list("number", "member_id")
    if kind in ("card", "token"):
        return ()
    rows = Member.objects.filter(**{f"{kind}__in": text_set(values)}).values_list(kind, "pk")
    return [(str(value), pk) for value, pk in rows]


def report_orders(orders: Sequence[TillOrder], *, partner: Partner, programme: Programme, now: datetime) -> list[Reported]:
    """Record orders of one partner; each comes back recorded, unchanged or rejected, in the order given.

    Call it in a transaction. One bad order spoils no other. An external_id given twice in one call is judged twice:
    the second is unchanged or a conflict.
    """
    # What is known already matters here only where a proof would be asked for once more.
    proven = [order.external_id for order in orders if order.needs_proof or order.member.kind == "token"]
    known = dict(Order.objects.filter(partner=partner, external_id__in=text_set(proven)).values_list("external_id", "member_id")) if proven else {}
    # A repeat of a recorded order may come long after its one-time code ended: the order says whose it was.
    repeats = {order.external_id for order in orders if order.member.kind == "token" and order.external_id in known}
    refs = [(order.member, order.occurred_at) for order in orders if order.external_id not in repeats]
    members = find_members(refs, partner=partner, now=now) if refs else {}
    outlets = _outlets(partner, {order.outlet for order in orders if order.outlet})
    result: list[Reported | None] = [None] * len(orders)
    together: list[tuple[int, Sale]] = []
    alone: list[tuple[int, Sale]] = []
    for place, order in enumerate(orders):
        member = known[order.external_id] if order.external_id in repeats else members[order.member]
        if isinstance(member, DomainError):
            result[place] = Reported("rejected", code=member.code, message=member.message, details=member.details)
        elif order.outlet and order.outlet not in outlets:
            result[place] = Reported("rejected", code="unknown_outlet", message=f"The outlet “{order.outlet}” is unknown.")
        else:
            sale = _sale(order, member, outlets.get(order.outlet or ""), now=now)
            (alone if order.needs_proof and order.external_id not in known else together).append((place, sale))
    if alone and len(together) + len(alone) > 1:
        # All at once and in the order of ids: what follows locks them one by one, and two batches could wait for each other.
        ledger.lock_members({sale.member_id for _place, sale in (*together, *alone)})
    outcomes = record([sale for _place, sale in together], partner=partner, programme=programme, now=now)
    for (place, _recorded), outcome in zip(together, outcomes, strict=True):
        result[place] = _reported(outcome)
    for place, sale in sorted(alone, key=lambda pair: posting_order(pair[1])):
        result[place] = _spend(sale, orders[place].member.proof, partner=partner, programme=programme, now=now)
    done = [one for one in result if one is not None]
    _complete(done, orders, partner=partner, programme=programme, now=now)
    return done


def report_order(order: TillOrder, *, partner: Partner, programme: Programme, now: datetime) -> Reported:
    """Record one order. Call it in a transaction; raises DomainError with the reason if it is refused."""
    reported = report_orders([order], partner=partner, programme=programme, now=now)[0]
    if reported.status == "rejected":
        raise DomainError(reported.code, reported.message, **reported.details)
    return reported


def report_return(report: TillReturn, *, partner: Partner, programme: Programme, now: datetime) -> ReportedReturn:
    """Record a return. Call it in a transaction.

    Raises DomainError: unknown_order, unknown_member, card_blocked, conflict, return_above_order, return_before_order, no_terms.
    """
    if report.member is not None:
        found = find_members([(report.member, report.occurred_at)], partner=partner, now=now)[report.member]
        if isinstance(found, DomainError):
            raise found
        member_id = found
    else:
        owner = Order.objects.filter(partner=partner, external_id=report.original).values_list("member_id", flat=True).first()
        if owner is None:
            raise DomainError("unknown_order", "There is no such order; report the return of an unknown purchase to /returns/.")
        member_id = owner
    document = ReturnOf(report.external_id, member_id, report.occurred_at, report.lines, original=report.original)
    outcome = record([document], partner=partner, programme=programme, now=now)[0]
    if outcome.status == "rejected":
        raise DomainError(outcome.code, outcome.message)
    made = Return.objects.select_related("order").get(partner=partner, external_id=report.external_id)
    entry = Entry.objects.filter(order_return=made, kind=EntryKind.RETURN_ACCRUAL).values_list("points", "forgiven").first()
    points, forgiven = entry or (0, 0)
    balance = standings([member_id], programme=programme, at=now)[member_id]
    return ReportedReturn(made, outcome.status == "recorded", -points, forgiven, balance)


def _outlets(partner: Partner, external_ids: Collection[str]) -> dict[str, int]:
    if not external_ids:
        return {}
    return dict(Outlet.objects.filter(partner=partner, external_id__in=text_set(external_ids)).values_list("external_id", "pk"))


def _sale(order: TillOrder, member_id: int, outlet_id: int | None, *, now: datetime) -> Sale:
    return Sale(
        order.external_id,
        member_id,
        order.occurred_at,
        order.lines,
        discount=order.discount,
        redeem_points=order.redeem_points,
        outlet_id=outlet_id,
        hold_id=order.hold_id,
        redeemed_at=now,
    )


def _reported(outcome: Outcome) -> Reported:
    order = outcome.record if isinstance(outcome.record, Order) else None
    return Reported(outcome.status, order=order, code=outcome.code, message=outcome.message)


def _spend(sale: Sale, proof: Proof, *, partner: Partner, programme: Programme, now: datetime) -> Reported:
    """Authorise and record one order that spends points; refused, it leaves no trace (a one-time code stays good)."""
    try:
        with transaction.atomic():
            spending.authorise(member_id=sale.member_id, partner=partner, programme=programme, points=sale.redeem_points, proof=proof, now=now, can_wait=False)
            outcome = record([sale], partner=partner, programme=programme, now=now)[0]
            if outcome.status == "rejected":
                raise DomainError(outcome.code, outcome.message)
            return _reported(outcome)
    except DomainError as error:
        # The same order may have been recorded while this call waited for the member's lock.
        if Order.objects.filter(partner=partner, external_id=sale.external_id).exists():
            return _reported(record([sale], partner=partner, programme=programme, now=now)[0])
        return Reported("rejected", code=error.code, message=error.message, details=error.details)


def _complete(done: Sequence[Reported], orders: Sequence[TillOrder], *, partner: Partner, programme: Programme, now: datetime) -> None:
    """Give repeats their rows, and everything that stands its member's balance after the whole call."""
    repeats = {order.external_id for order, one in zip(orders, done, strict=True) if one.status == "unchanged"}
    if repeats:
        rows = {order.external_id: order for order in Order.objects.filter(partner=partner, external_id__in=text_set(repeats))}
        for order, one in zip(orders, done, strict=True):
            if one.status == "unchanged":
                one.order = rows[order.external_id]
    members = {one.order.member_id for one in done if one.order is not None}
    after = standings(members, programme=programme, at=now) if members else {}
    for one in done:
        if one.order is not None:
            one.balance = after[one.order.member_id]
