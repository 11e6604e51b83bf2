"""Recording is set-based."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty.domain.orders import recording
from tests.loyalty.cast import Cast

pytestmark = pytest.mark.django_db


def test_recording_costs_the_same_number_of_statements_for_one_and_for_many() -> None:
    cast = Cast(pending_days=0)

    def run(name: str, many: int) -> int:
        documents: list[recording.Document] = []
        for number in range(many):
            at = datetime(2026, 3, 1, 12, number, tzinfo=UTC)
            documents.append(recording.Sale(f"{name}{number}", cast.member.pk, at, [recording.ReceiptLine(Decimal("100.00"))]))
            documents.append(recording.ReturnOf(f"{name}r{number}", cast.member.pk, at, [recording.ReceiptLine(Decimal("40.00"))], original=f"{name}{number}"))
        with CaptureQueriesContext(connection) as queries:
            outcomes = recording.record(documents, partner=cast.partner, programme=cast.programme, now=cast.at("2026-03-02 12:00"))
        assert {outcome.status for outcome in outcomes} == {"recorded"}
        return len(queries)

    run("first", 1)
    assert run("few", 2) == run("many", 50)
