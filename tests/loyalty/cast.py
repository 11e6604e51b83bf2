"""One member, one shop and a clock that is passed in: what the worked examples are written with."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from loyalty.domain import ledger
from loyalty.domain.ledger import Balance, member_balance
from loyalty.domain.orders import recording
from loyalty.domain.verify import verify
from loyalty.enums import EntryKind
from loyalty.lib.errors import DomainError
from loyalty.models import (
    Allocation,
    Debt,
    Entry,
    Event,
    Hold,
    HoldPin,
    Lot,
    Order,
    OrderLine,
    Return,
    ReturnLine,
    SettlementMonth,
    Statement,
    TokenEntry,
)
from tests.factories.loyalty import make_member, make_partner, make_programme, moment

# All that `verify` reads.
LEDGER = (Entry, Lot, Allocation, Debt, Hold, HoldPin, Order, OrderLine, Return, ReturnLine, TokenEntry, SettlementMonth, Statement, Event)


def _rows() -> Iterator[list[tuple[Any, ...]]]:
    with connection.cursor() as cursor:
        for model in LEDGER:
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")
            yield cursor.fetchall()


class Cast:
    """Times are texts in the programme's zone. Base accrual is 10 %, so 100.00 earn 10 points."""

    _sound: list[Any] = []

    def __init__(
        self, *, base: str = "10", exclusions: dict[tuple[str, str], str] | None = None, terms: dict[str, Any] | None = None, **programme: Any
    ) -> None:
        self.programme = make_programme(**programme)
        self.partner = make_partner(base=base, exclusions=exclusions, **(terms or {}))
        self.member = make_member()
        self.posted = 0

    def at(self, text: str) -> datetime:
        return moment(text, self.programme)

    def give(self, points: int, when: str, *, kind: EntryKind = EntryKind.ADJUSTMENT, key: str | None = None) -> Entry:
        return ledger.grant(member_id=self.member.pk, kind=kind, points=points, programme=self.programme, now=self.at(when), key=key)

    def take(self, points: int, when: str) -> Entry:
        return ledger.deduct(member_id=self.member.pk, points=points, now=self.at(when), key=None, reason="", actor_id=None)

    def buy(
        self,
        order_id: str,
        when: str,
        *amounts: str | tuple[str, str],
        redeem: int = 0,
        discount: str = "0",
        recorded: str | None = None,
        category: str = "",
    ) -> Order:
        """Amounts, or (SKU, amount) pairs, are the lines."""
        sale = recording.Sale(order_id, self.member.pk, self.at(when), self.lines(amounts, category), discount=Decimal(discount), redeem_points=redeem)
        order = self.record(sale, recorded or when)
        assert isinstance(order, Order)
        return order

    def bring_back(self, return_id: str, when: str, *amounts: str | tuple[str, str], of: str | None = None, recorded: str | None = None) -> Return:
        made = self.record(recording.ReturnOf(return_id, self.member.pk, self.at(when), self.lines(amounts), original=of), recorded or when)
        assert isinstance(made, Return)
        return made

    def record(self, document: recording.Document, recorded: str) -> Order | Return:
        """One document; a refusal is raised."""
        (outcome,) = recording.record([document], partner=self.partner, programme=self.programme, now=self.at(recorded))
        if outcome.record is None:
            raise DomainError(outcome.code, outcome.message)
        return outcome.record

    @staticmethod
    def lines(amounts: tuple[str | tuple[str, str], ...], category: str = "") -> list[recording.ReceiptLine]:
        pairs = [("", amount) if isinstance(amount, str) else amount for amount in amounts]
        return [recording.ReceiptLine(Decimal(amount), sku, category=category) for sku, amount in pairs]

    def hold(self, points: int, when: str, *, minutes: int = 15) -> Hold:
        return ledger.place_hold(member_id=self.member.pk, points=points, ttl=timedelta(minutes=minutes), now=self.at(when))

    def capture(self, hold: Hold, points: int, when: str) -> Entry:
        return ledger.capture_hold(UUID(str(hold.pk)), points=points, now=self.at(when))

    def release(self, hold: Hold, when: str) -> Hold:
        return ledger.release_hold(UUID(str(hold.pk)), now=self.at(when))

    def expire(self, when: str) -> int:
        return ledger.expire_points(now=self.at(when)).points

    def balance(self, when: str) -> Balance:
        """Every look at a balance checks the invariants of the ledger too, unless nothing has changed since the last one."""
        now = timezone.now()
        seen = [now.replace(second=0, microsecond=0), *_rows()]
        if seen != self._sound:
            assert list(verify(now=now)) == []
            self._sound = seen
        return member_balance(self.member.pk, programme=self.programme, at=self.at(when))

    def points(self, when: str) -> tuple[int, int, int, int]:
        """(available, pending, held, debt)"""
        balance = self.balance(when)
        return balance.available, balance.pending, balance.held, balance.debt

    def spent_from(self, entry: Entry) -> dict[int, int]:
        """Points by the order of crediting (1 = the member's first lot) of the lots that a debit used."""
        lots = list(self.member.lots.order_by("pk").values_list("pk", flat=True))
        return {lots.index(lot_id) + 1: points for lot_id, points in entry.allocations.order_by("pk").values_list("lot_id", "points")}
