"""The test harness itself: flushing lifts the triggers and puts them back."""

import contextlib
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone
from zeal import zeal_context
from zeal.errors import NPlusOneError

from accounts.models import Scenario
from loyalty.domain import ledger
from loyalty.lib.postgres.guard import guard
from loyalty.models import Event
from partners.models import Partner
from tests.factories.loyalty import make_partner


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


@pytest.mark.django_db(transaction=True)
def test_flushing_again_and_again_keeps_what_migrating_put_there() -> None:
    def rows() -> list[Any]:
        models = (ContentType, Permission, Group, Group.permissions.through, Scenario)
        return [sorted(model._default_manager.values_list(), key=repr) for model in models]

    call_command("flush", interactive=False, verbosity=0)
    kept = rows()
    assert all(kept)
    Group.objects.all().delete()
    call_command("flush", interactive=False, verbosity=0)
    assert rows() == kept
    # As a fresh start would have it, but for the keys.
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
    assert rows() == kept
    assert Group.objects.create(name="another").pk not in [row[0] for row in kept[2]]


@pytest.mark.django_db
def test_work_done_again_after_a_rollback_is_no_n_plus_one_and_a_loop_still_is() -> None:
    make_partner("bakery")
    with zeal_context():
        for _try in range(3):
            with contextlib.suppress(IntegrityError), transaction.atomic():
                Partner.objects.get(slug="bakery")
                raise IntegrityError
        with pytest.raises(NPlusOneError), transaction.atomic():
            for _time in range(3):
                Partner.objects.get(slug="bakery")


def test_no_process_of_the_tests_gives_statements_up_as_web_processes_do() -> None:
    """Collecting the tests imports no entry point of a server."""
    assert not guard.watching


def test_cases_with_long_values_have_short_names(request: pytest.FixtureRequest) -> None:
    assert [item.nodeid[:80] for item in request.session.items if len(item.nodeid) > 1000] == []


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
