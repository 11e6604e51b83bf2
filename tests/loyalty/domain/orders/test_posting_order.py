"""Documents are posted by their business time, whatever the order in which they are given."""

import random
from datetime import UTC, datetime
from decimal import Decimal
from itertools import permutations

import pytest
from django.db import transaction

from loyalty.domain.orders import recording
from loyalty.models import Allocation, Entry, Lot
from tests.factories.loyalty import make_member
from tests.loyalty.cast import Cast

pytestmark = pytest.mark.django_db


def state() -> list[tuple[object, ...]]:
    """What the ledger holds, without ids."""
    return sorted(
        [
            *Entry.objects.values_list("member_id", "kind", "points", "forgiven", "occurred_at", "key"),
            *((str(row[0]), *row[1:]) for row in Lot.objects.values_list("entry__key", "member_id", "points", "remaining", "available_at", "expires_at")),
            *((str(row[0]), *row[1:]) for row in Allocation.objects.values_list("entry__key", "lot__entry__key", "points", "occurred_at")),
        ],
        key=repr,
    )


def test_at_one_instant_sales_come_before_returns_then_ids_as_text() -> None:
    cast = Cast()
    at = cast.at("2026-03-01 12:00")
    line = [recording.ReceiptLine(Decimal("100.00"))]
    member = cast.member.pk
    documents: list[recording.Document] = [
        recording.ReturnOf("a-return", member, at, line, original="z-sale"),
        recording.Sale("z-sale", member, at, line),
        recording.Sale("10", member, at, line),
        recording.Sale("9", member, at, line),
    ]
    assert [one.external_id for one in sorted(documents, key=recording.posting_order)] == ["10", "9", "z-sale", "a-return"]
    outcomes = recording.record(documents, partner=cast.partner, programme=cast.programme, now=at)
    assert [outcome.status for outcome in outcomes] == ["recorded"] * 4
    assert [outcome.document.external_id for outcome in outcomes] == ["a-return", "z-sale", "10", "9"]
    assert outcomes[0].record.order.external_id == "z-sale"
    assert list(Entry.objects.order_by("pk").values_list("order__external_id", flat=True)) == ["10", "9", "z-sale", "z-sale"]


def test_every_order_of_a_few_documents_gives_the_same_ledger() -> None:
    cast = Cast(lifetime_days=10, pending_days=1)
    member = cast.member.pk

    def document(name: str, day: int, money: str, *, of: str | None = None, back: bool = False) -> recording.Document:
        at = datetime(2026, 3, day, 12, tzinfo=UTC)
        lines = [recording.ReceiptLine(Decimal(money))]
        return recording.ReturnOf(name, member, at, lines, original=of) if back else recording.Sale(name, member, at, lines)

    documents = [
        document("s1", 1, "500.00"),
        document("u1", 3, "900.00", back=True),  # 90: 50 taken, 40 owed
        document("s2", 4, "300.00"),  # 30 pay
        document("r1", 5, "300.00", of="s2", back=True),  # 30 owed more
        document("s3", 20, "200.00"),
    ]
    seen = set()
    for order in permutations(documents):
        with transaction.atomic():
            recording.record(list(order), partner=cast.partner, programme=cast.programme, now=cast.at("2026-06-01 12:00"))
            seen.add(repr(state()))
            transaction.set_rollback(True)
    assert len(seen) == 1
    recording.record(documents, partner=cast.partner, programme=cast.programme, now=cast.at("2026-06-01 12:00"))
    assert cast.points("2026-03-03 15:00") == (0, 0, 0, 40)
    assert cast.points("2026-03-20 15:00") == (0, 0, 0, 20)


def test_one_list_ends_like_one_by_one() -> None:
    """A list of postings has the outcome of single postings in business order."""
    cast = Cast(lifetime_days=12, pending_days=2)
    others = [cast.member, make_member(), make_member()]
    chance = random.Random(7)
    documents: list[recording.Document] = []
    for number in range(60):
        member = chance.choice(others).pk
        at = datetime(2026, 3, 1 + number // 3, chance.randrange(24), tzinfo=UTC)
        lines = [recording.ReceiptLine(Decimal(chance.randrange(1, 90_000)) / 100) for _ in range(chance.randrange(1, 4))]
        if number % 4 == 3:
            documents.append(recording.ReturnOf(f"d{number}", member, at, lines, original=chance.choice([None, f"d{chance.randrange(number)}"])))
        else:
            documents.append(recording.Sale(f"d{number}", member, at, lines))
    now = cast.at("2026-06-01 12:00")
    with transaction.atomic():
        statuses = [one.status for one in recording.record(documents, partner=cast.partner, programme=cast.programme, now=now)]
        together = state()
        transaction.set_rollback(True)
    single = {}
    for document in sorted(documents, key=recording.posting_order):
        (outcome,) = recording.record([document], partner=cast.partner, programme=cast.programme, now=now)
        single[document.external_id] = outcome.status
    assert [single[document.external_id] for document in documents] == statuses
    assert state() == together
    cast.balance("2026-06-01 12:00")


def test_a_refused_document_spoils_no_other() -> None:
    cast = Cast()
    at = cast.at("2026-03-01 12:00")
    good = recording.Sale("good", cast.member.pk, at, [recording.ReceiptLine(Decimal("100.00"))])
    bad = recording.Sale("bad", cast.member.pk, at, [recording.ReceiptLine(Decimal("100.00"))], redeem_points=10)
    outcomes = recording.record([bad, good], partner=cast.partner, programme=cast.programme, now=at)
    assert [outcome.status for outcome in outcomes] == ["rejected", "recorded"]
    assert outcomes[0].code == "insufficient_points"
    assert outcomes[0].message
    assert cast.points("2026-03-01 12:00") == (0, 10, 0, 0)
