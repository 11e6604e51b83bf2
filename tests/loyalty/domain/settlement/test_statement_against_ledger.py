"""Random histories of several partners and members: statements add up to the ledger, and closed ones never change.

The other side is a plain recount of the rows, one by one, that knows nothing of spans and SQL sums.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from loyalty.domain import ledger, settlement
from loyalty.domain.orders import recording
from loyalty.domain.settlement import Whose, next_month
from loyalty.domain.verify import statements_agree
from loyalty.enums import EntryKind
from loyalty.lib.errors import DomainError
from loyalty.models import Allocation, Entry, Lot, Order, SettlementMonth
from tests.examples import examples
from tests.factories.loyalty import make_member, make_partner, make_programme

PROFILE = examples(4, steps=(20, 40))
START = datetime(2024, 1, 20, 21, 30, tzinfo=UTC)
WHO = st.integers(0, 1)
WHERE = st.integers(0, 2)
MONEY = st.decimals(Decimal("0.01"), Decimal(400), places=2)
# Business time before the clock: mostly now, sometimes months ago.
LATE = st.one_of(st.just(timedelta()), st.integers(0, 70).map(lambda days: timedelta(days=days)))


class Coalition(RuleBasedStateMachine):
    """Two partners that fund their points and one whose points the operator funds; two members."""

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.count = 0
        self.sold: list[tuple[int, int, str, datetime]] = []
        self.closed: dict[tuple[date, int | None], list[Any]] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @initialize(
        zone=st.sampled_from(["Europe/Moscow", "America/Sao_Paulo", "UTC"]),
        shortfall=st.sampled_from(["debt", "debt", "forgive"]),
        point_value=st.sampled_from(["1", "0.125", "2.5"]),
        life=st.integers(3, 60),
    )
    def begin(self, zone: str, shortfall: str, point_value: str, life: int) -> None:
        self.clock = START
        self.programme = make_programme(
            timezone=zone, return_shortfall=shortfall, point_value=Decimal(point_value), lifetime_days=life, pending_days=0, spendable_share=100
        )
        fee = Decimal("1.5")
        self.partners = [
            make_partner("bakery", base="10"),
            make_partner("chemist", base="33.333", fee_pct=fee),
            make_partner("library", base="5", funding="operator", fee_pct=fee),
        ]
        self.members = [make_member(), make_member()]

    def name(self) -> str:
        self.count += 1
        return f"{self.count}"

    def record(self, where: int, document: recording.Document) -> bool:
        [outcome] = recording.record([document], partner=self.partners[where], programme=self.programme, now=self.clock)
        return outcome.status == "recorded"

    @rule(who=WHO, where=WHERE, amount=MONEY, redeem=st.one_of(st.just(0), st.integers(1, 40)), late=LATE)
    def buy(self, who: int, where: int, amount: Decimal, redeem: int, late: timedelta) -> None:
        name, at = self.name(), self.clock - late
        if self.record(where, recording.Sale(name, self.members[who].pk, at, [recording.ReceiptLine(amount)], redeem_points=redeem)):
            self.sold.append((who, where, name, at))

    @precondition(lambda self: self.sold)
    @rule(which=st.integers(0, 99), share=st.sampled_from([1, 2, 3]), late=LATE)
    def bring_back(self, which: int, share: int, late: timedelta) -> None:
        who, where, original, bought = self.sold[which % len(self.sold)]
        order = Order.objects.get(partner=self.partners[where], external_id=original)
        amount = ((order.total - order.discount) / share).quantize(Decimal("0.01"))
        if amount:
            self.record(
                where, recording.ReturnOf(self.name(), self.members[who].pk, max(bought, self.clock - late), [recording.ReceiptLine(amount)], original=original)
            )

    @rule(who=WHO, where=WHERE, amount=MONEY, late=LATE)
    def bring_back_unknown(self, who: int, where: int, amount: Decimal, late: timedelta) -> None:
        self.record(where, recording.ReturnOf(self.name(), self.members[who].pk, self.clock - late, [recording.ReceiptLine(amount)]))

    @rule(who=WHO, points=st.integers(1, 100), funder=st.one_of(st.none(), WHERE))
    def give(self, who: int, points: int, funder: int | None) -> None:
        funder_id = None if funder is None else self.partners[funder].pk
        kind = EntryKind.QUEST if funder_id else EntryKind.WELCOME
        ledger.grant(member_id=self.members[who].pk, kind=kind, points=points, programme=self.programme, now=self.clock, key=None, funder_id=funder_id)

    @rule(who=WHO, where=WHERE, points=st.integers(1, 30))
    def hold_and_capture(self, who: int, where: int, points: int) -> None:
        try:
            hold = ledger.place_hold(
                member_id=self.members[who].pk, points=points, ttl=timedelta(minutes=5), now=self.clock, partner_id=self.partners[where].pk
            )
        except DomainError:
            return
        ledger.capture_hold(hold.pk, points=max(1, points // 2), now=self.clock)

    @rule(days=st.integers(1, 25))
    def wait(self, days: int) -> None:
        self.clock += timedelta(days=days)
        ledger.expire_points(now=self.clock)

    @rule()
    def close(self) -> None:
        last = SettlementMonth.objects.order_by("-month").first()
        month = next_month(last.month) if last else date(2024, 1, 1)
        try:
            settlement.close_month(month, programme=self.programme, now=self.clock)
        except DomainError as refused:
            assert refused.code == "month_not_over"
            return
        for partner in (*self.partners, None):
            made = settlement.settle(partner, month, programme=self.programme)
            assert made.closed_at == self.clock
            self.closed[month, partner.pk if partner else None] = [made.sums, made.late, made.lines, made.corrections]

    @invariant()
    def statements_and_ledger_agree(self) -> None:
        if not hasattr(self, "programme"):
            return
        assert list(statements_agree(programme=self.programme, now=self.clock)) == []

    @invariant()
    def closed_statements_never_change(self) -> None:
        for (month, partner_id), before in self.closed.items():
            partner = next((one for one in self.partners if one.pk == partner_id), None)
            made = settlement.settle(partner, month, programme=self.programme)
            assert [made.sums, made.late, made.lines, made.corrections] == before

    @invariant()
    def every_row_stands_on_one_statement(self) -> None:
        """Σ over all months of each partner = a recount of all rows, and the listed movements add up to the same."""
        if not hasattr(self, "programme"):
            return
        recount = self.recount()
        for partner in (*self.partners, None):
            whose = Whose(partner.pk if partner else None)
            total = [0, 0, 0, 0]
            listed: list[tuple[str, int]] = []
            month, end = date(2023, 10, 1), next_month(settlement.month_of(self.clock, self.programme))
            while month <= end:
                made = settlement.settle(partner, month, programme=self.programme)
                for sums in (made.sums, made.late):
                    total = [a + b for a, b in zip(total, [sums.issued_total, sums.taken_back, sums.redeemed, sums.given_back], strict=True)]
                rows = list(settlement.every_movement(whose, made.spans))
                assert rows == settlement.movements(whose, made.spans, limit=10**6)
                expected = made.sums.issued_total + made.late.issued_total - made.sums.taken_back - made.late.taken_back
                assert sum(row.points for row in rows if row.what in ("issued", "taken_back")) == expected
                listed += [(f"{row.stream}", row.id) for row in rows]
                month = next_month(month)
            assert total == recount.get(whose.partner_id, [0, 0, 0, 0])
            assert len(listed) == len(set(listed))

    def recount(self) -> dict[int | None, list[int]]:
        """Partner → issued, taken back, redeemed, given back, row by row."""
        found: dict[int | None, list[int]] = {}
        for lot in Lot.objects.select_related("entry"):
            if lot.entry.kind != EntryKind.RETURN_REDEMPTION:
                found.setdefault(lot.funder_id, [0, 0, 0, 0])[0] += lot.points
        for used in Allocation.objects.select_related("entry", "lot"):
            if used.entry.kind == EntryKind.RETURN_ACCRUAL:
                found.setdefault(used.lot.funder_id, [0, 0, 0, 0])[1] += used.points
        for entry in Entry.objects.filter(kind__in=[EntryKind.REDEMPTION, EntryKind.RETURN_REDEMPTION]):
            place = 2 if entry.kind == EntryKind.REDEMPTION else 3
            found.setdefault(entry.partner_id, [0, 0, 0, 0])[place] += abs(entry.points)
        return found


@pytest.mark.django_db
def test_statements_of_any_history_add_up_to_the_ledger() -> None:
    assert connection.in_atomic_block
    run_state_machine_as_test(Coalition, settings=PROFILE)
