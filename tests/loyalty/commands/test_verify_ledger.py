"""`verify_ledger` is clean after real work and finds each kind of planted damage."""

import io
import json
from collections.abc import Callable, Iterator

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from loyalty.domain.ledger import append_only
from loyalty.domain.verify import count, verify
from tests.factories.loyalty import make_member
from tests.loyalty.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    """Something of everything: grants, an order with redemption, returns, a grace lot, holds, expiry, a debt."""
    cast = Cast(lifetime_days=20, exclusions={("sku", "TOBACCO"): "no"})
    cast.give(100, "2026-03-01 10:00")
    cast.buy("o1", "2026-03-01 12:00", ("BREAD", "200.00"), ("TOBACCO", "20.00"), redeem=40, discount="10.00")
    cast.capture(cast.hold(20, "2026-03-02 12:00"), 15, "2026-03-02 12:05")
    cast.hold(10, "2026-03-21 23:55")
    cast.buy("o2", "2026-03-10 12:00", "500.00")
    cast.expire("2026-03-22 12:00")
    cast.bring_back("r1", "2026-03-22 12:00", ("BREAD", "100.00"), of="o1")
    cast.bring_back("r2", "2026-03-23 12:00", "5000.00")
    other = Cast.__new__(Cast)
    other.programme, other.partner, other.member = cast.programme, cast.partner, make_member()
    other.give(30, "2026-03-01 10:00")
    return cast


@pytest.fixture
def damage() -> Iterator[Callable[[str], None]]:
    """Run SQL that the triggers would refuse; they are back afterwards."""

    def run(sql: str) -> None:
        append_only.remove_triggers()
        with connection.cursor() as cursor:
            cursor.execute(sql)
            assert cursor.rowcount > 0, "the damage hit nothing"
        append_only.install_triggers()

    return run


def command(**options: object) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("verify_ledger", stdout=out, **options)
    except SystemExit as left:
        return int(str(left.code)), out.getvalue()
    return 0, out.getvalue()


def test_a_sound_ledger(cast: Cast) -> None:
    assert list(verify(now=timezone.now())) == []
    code, out = command()
    assert (code, out) == (0, f"The ledger is sound: {count()} checks.\n")
    assert json.loads(command(json=True)[1]) == {"ok": True, "violations": []}


FIRST = "(SELECT MIN(id) FROM loyalty_allocation)"
SPEND = "(SELECT MIN(entry_id) FROM loyalty_allocation)"
OTHER = "(SELECT MAX(id) FROM accounts_member)"
ACCRUAL = "(SELECT MIN(id) FROM loyalty_entry WHERE kind = 'accrual')"
DAMAGE = {
    "lot.remaining": "UPDATE loyalty_lot SET remaining = remaining - 1 WHERE remaining > 0",
    "lot.points": "UPDATE loyalty_lot SET points = points + 1, remaining = remaining + 1",
    "lot.member": f"UPDATE loyalty_lot SET member_id = {OTHER} WHERE member_id <> {OTHER}",
    "lot.occurred_at": "UPDATE loyalty_lot SET occurred_at = '2026-02-01 00:00:00' WHERE id = (SELECT MIN(id) FROM loyalty_lot)",
    "lot.entry is a debit": f"UPDATE loyalty_lot SET entry_id = {SPEND} WHERE id = (SELECT MAX(id) FROM loyalty_lot)",
    "entry.points of a credit": f"UPDATE loyalty_entry SET points = points + 1 WHERE id = {ACCRUAL}",
    "entry.points of a debit": f"UPDATE loyalty_entry SET points = points - 1 WHERE id = {SPEND}",
    "entry.member": f"UPDATE loyalty_entry SET member_id = {OTHER} WHERE id = {ACCRUAL}",
    "entry.kind": f"UPDATE loyalty_entry SET kind = 'quest' WHERE id = {ACCRUAL}",
    "entry.kind of a debit": "UPDATE loyalty_entry SET kind = 'adjustment' WHERE id = (SELECT MIN(id) FROM loyalty_entry WHERE kind = 'redemption')",
    "entry.forgiven": "UPDATE loyalty_entry SET forgiven = forgiven + 1 WHERE kind = 'return_accrual'",
    "entry without its order": f"UPDATE loyalty_entry SET order_id = NULL WHERE id = {ACCRUAL}",
    "allocation.points": "UPDATE loyalty_allocation SET points = points + 1 WHERE id = (SELECT MIN(id) FROM loyalty_allocation)",
    "allocation.lot of another member": f"UPDATE loyalty_allocation SET lot_id = (SELECT id FROM loyalty_lot WHERE member_id = {OTHER}) WHERE id = {FIRST}",
    "allocation.occurred_at": "UPDATE loyalty_allocation SET occurred_at = '2026-02-01 00:00:00' WHERE id = (SELECT MIN(id) FROM loyalty_allocation)",
    "allocation after its lot ended": "UPDATE loyalty_allocation SET occurred_at = '2029-02-01 00:00:00' WHERE id = (SELECT MIN(id) FROM loyalty_allocation)",
    "allocation gone": "DELETE FROM loyalty_allocation WHERE id = (SELECT MIN(id) FROM loyalty_allocation)",
    "debt.remaining": "UPDATE loyalty_debt SET remaining = remaining - 1 WHERE remaining > 0",
    "debt.member": f"UPDATE loyalty_debt SET member_id = {OTHER}",
    "debt gone": "DELETE FROM loyalty_debt",
    "hold.points": "UPDATE loyalty_hold SET points = points + 1",
    "hold.captured_points": "UPDATE loyalty_hold SET captured_points = captured_points - 1 WHERE state = 'captured'",
    "pin.points": "UPDATE loyalty_holdpin SET points = points + 1",
    "pin gone": "DELETE FROM loyalty_holdpin",
    "order.points_earned": "UPDATE loyalty_order SET points_earned = points_earned + 1",
    "order.points_redeemed": "UPDATE loyalty_order SET points_redeemed = points_redeemed + 1",
    "order.explanation": 'UPDATE loyalty_order SET explanation = \'{"total": 1, "parts": []}\'',
    "return.points_due": "UPDATE loyalty_return SET points_due = points_due + 1",
    "return.points_restored": "UPDATE loyalty_return SET points_restored = points_restored + 1",
    "return.points_expired": "UPDATE loyalty_return SET points_expired = points_expired + 1 WHERE points_due > points_expired",
    "return above its order": "UPDATE loyalty_return SET total = total + 10000 WHERE order_id IS NOT NULL",
    "lot.expires_at of a purchase": f"UPDATE loyalty_lot SET expires_at = '2030-01-01 00:00:00' WHERE entry_id = {ACCRUAL}",
    "lot.available_at of a purchase": f"UPDATE loyalty_lot SET available_at = '2026-03-01 12:00:00' WHERE entry_id = {ACCRUAL}",
    "lot.funder": f"UPDATE loyalty_lot SET funder_id = NULL WHERE entry_id = {ACCRUAL}",
    "entry.occurred_at": f"UPDATE loyalty_entry SET occurred_at = '2026-02-01 00:00:00' WHERE id = {SPEND}",
    "debt.points": "UPDATE loyalty_debt SET points = points + 1",
    "debt.occurred_at": "UPDATE loyalty_debt SET occurred_at = '2026-02-01 00:00:00'",
    "hold.member": f"UPDATE loyalty_hold SET member_id = {OTHER}",
    "order.total": "UPDATE loyalty_order SET total = total + 1",
    "order.eligible": "UPDATE loyalty_order SET eligible = eligible + 1",
    "order.discount": "UPDATE loyalty_order SET discount = discount + 1",
    "order.member": f"UPDATE loyalty_order SET member_id = {OTHER}",
    "order line.amount": "UPDATE loyalty_orderline SET amount = amount + 1",
    "order line.paid": "UPDATE loyalty_orderline SET paid = paid - 1 WHERE paid > 1",
    "return.total": "UPDATE loyalty_return SET total = total + 1",
    "return line.amount": "UPDATE loyalty_returnline SET amount = amount + 1",
    "return.member": f"UPDATE loyalty_return SET member_id = {OTHER}",
}


@pytest.mark.parametrize("what", DAMAGE)
def test_planted_damage_is_found(what: str, cast: Cast, damage: Callable[[str], None]) -> None:
    with transaction.atomic():
        damage(DAMAGE[what])
        code, out = command(json=True)
        found = json.loads(out)
        transaction.set_rollback(True)
    assert code == 1
    assert not found["ok"]
    assert found["violations"]
    assert "append_only" not in {one["check"] for one in found["violations"]}


def test_violations_are_printed_with_ids(cast: Cast, damage: Callable[[str], None]) -> None:
    damage("UPDATE loyalty_lot SET remaining = remaining - 1 WHERE id = (SELECT MIN(id) FROM loyalty_lot WHERE remaining > 0)")
    code, out = command()
    assert code == 1
    assert "lot_remaining_is_what_allocations_left: Lot " in out
    assert f"account_adds_up: Member {cast.member.pk}" in out or "account_adds_up" in out


def triggers() -> list[tuple[str, str]]:
    return [(one.table, one.name) for one in append_only._wanted(connection)]


@pytest.mark.parametrize("operation", ["UPDATE {0} SET id = id", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"])
@pytest.mark.parametrize("table", ["loyalty_entry", "loyalty_allocation", "loyalty_event", "loyalty_lot", "loyalty_debt"])
def test_the_database_itself_refuses(operation: str, table: str, cast: Cast) -> None:
    if operation.startswith("TRUNCATE") and connection.vendor != "postgresql":
        operation = "DELETE FROM {0} WHERE 1 = 1"  # SQLite's own truncate optimisation is a DELETE without a WHERE
    sql = operation.format(table).replace("SET id = id", "SET entry_id = entry_id" if table == "loyalty_debt" else "SET id = id")
    connection.check_constraints()  # PostgreSQL truncates nothing while deferred checks wait
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert list(verify(now=timezone.now())) == []


@pytest.mark.parametrize("column", ["points", "member_id", "available_at", "expires_at", "occurred_at", "funder_id", "entry_id", "source"])
def test_of_a_lot_only_what_remains_may_change(column: str, cast: Cast) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE loyalty_lot SET {column} = {column}")


def drop(table: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if connection.vendor == "postgresql" else ""))


def test_a_missing_trigger_is_reported_everywhere(client: Client) -> None:
    for table, name in triggers():
        drop(table, name)
        try:
            code, out = command(json=True)
            assert code == 1
            assert [one for one in json.loads(out)["violations"] if one["check"] == "append_only" and name in one["message"]]
            with pytest.raises(SystemCheckError, match=name):
                call_command("check", database=["default"], stdout=io.StringIO(), stderr=io.StringIO())
            answer = client.get("/readyz")
            assert answer.status_code == 503
            assert "1 missing" in answer.json()["append_only_triggers"]
        finally:
            append_only.install_triggers()
    assert append_only.missing_triggers() == []
    assert command()[0] == 0


@pytest.mark.postgres
def test_a_disabled_trigger_counts_as_missing_and_is_mended() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE loyalty_entry DISABLE TRIGGER append_only_loyalty_entry_update")
    assert append_only.missing_triggers() == ["append_only_loyalty_entry_update"]
    append_only.install_triggers()
    assert append_only.missing_triggers() == []


def test_migrate_puts_missing_triggers_back() -> None:
    drop(*triggers()[0])
    append_only.reinstall_triggers_after_migrate(using="default")
    assert append_only.missing_triggers() == []
