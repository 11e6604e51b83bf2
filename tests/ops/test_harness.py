"""The test harness itself: flushing lifts the triggers and puts them back."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from loyalty.domain import ledger
from loyalty.models import Event


@pytest.mark.django_db
def test_test_databases_have_the_append_only_triggers() -> None:
    assert ledger.missing_triggers() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("run", [1, 2])
def test_flushed_tests_start_empty_and_guarded(run: int) -> None:
    assert ledger.missing_triggers() == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM loyalty_event")
        assert cursor.fetchone() == (0,)
    event = Event.objects.create(kind="order_recorded", occurred_at=timezone.now(), payload={})
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.filter(pk=event.pk).delete()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_flushing_ends_a_transaction_that_a_test_left_open() -> None:
    left = connection.copy()
    try:
        left.set_autocommit(False)
        with left.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM loyalty_event")
        call_command("flush", interactive=False, verbosity=0)
        assert ledger.missing_triggers() == []
        with pytest.raises(DatabaseError), left.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        left.close()
