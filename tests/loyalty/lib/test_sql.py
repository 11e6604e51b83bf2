"""Statements for both databases: what goes in comes out."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import DataError, connection

from accounts.models import Member
from loyalty.lib import bulk, sql
from loyalty.lib.sql import Compiled, Statement
from partners.domain import api_key
from partners.models import ApiKey, Partner
from tests.factories.loyalty import make_member, make_partner

pytestmark = pytest.mark.django_db

NASTY = ["", "plain", 'a "quoted" one', "back\\slash", "{1,2}", "NULL", "a,b", " spaces ", "line\nend", "жетон ☕", "'; --", "%s %(x)s"]


def test_texts_of_any_kind_are_found_by_a_list() -> None:
    members = {text: make_member() for text in NASTY}
    for text, member in members.items():
        Member.objects.filter(pk=member.pk).update(first_name=text)
    named = Statement("SELECT first_name, id FROM accounts_member WHERE first_name :texts names")
    assert dict(sql.fetch(named.ask(names=NASTY))[0]) == {text: member.pk for text, member in members.items()}
    assert sql.fetch(named.ask(names=[]))[0] == []


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("text", [*NASTY, None]),
        ("bigint", [1, -(2**63), None]),
        ("numeric", [Decimal("0.10"), Decimal(-5), None]),
        ("boolean", [True, False, None]),
        ("timestamptz", [datetime(2026, 3, 10, 12, 0, 0, 5, tzinfo=UTC), None]),
    ],
)
def test_an_array_keeps_every_value(kind: str, values: list[object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT unnest(%s::{kind}[])", [sql.array(kind, values)])
        assert [row[0] for row in cursor.fetchall()] == values


@pytest.mark.parametrize("count", [1, 4, 5, 20])
def test_few_rows_and_many_are_inserted_alike(count: int) -> None:
    joined = datetime(2026, 3, 10, tzinfo=UTC)
    rows = [(NASTY[place % len(NASTY)], f"{place}", None, joined, joined) for place in range(count)]
    batch = bulk.Batch()
    batch.insert(Member, ("first_name", "last_name", "email", "joined_at", "created_at"), rows)
    batch.run()
    found = Member.objects.order_by("pk").values_list("first_name", "last_name", "email", "joined_at", "created_at")
    assert sorted(found, key=lambda row: int(row[1])) == rows


def test_a_batch_that_misses_a_row_is_refused() -> None:
    batch = bulk.Batch()
    batch.add(Member, "birth_year", {0: 1})
    with pytest.raises(RuntimeError, match="vanished"):
        batch.run()


def test_a_compiled_query_takes_other_parameters() -> None:
    older, younger = make_member(), make_member()
    Member.objects.filter(pk=older.pk).update(joined_at=datetime(2020, 1, 1, tzinfo=UTC))
    Member.objects.filter(pk=younger.pk).update(joined_at=datetime(2025, 1, 1, tzinfo=UTC))
    since = Compiled(lambda *, since, least: Member.objects.filter(joined_at__gte=since, pk__gte=least).order_by("pk").values_list("pk"))
    assert since.rows(since=datetime(2019, 1, 1, tzinfo=UTC), least=0) == [(older.pk,), (younger.pk,)]
    assert since.rows(since=datetime(2024, 1, 1, tzinfo=UTC), least=0) == [(younger.pk,)]
    assert since.rows(since=datetime(2019, 1, 1, tzinfo=UTC), least=younger.pk) == [(younger.pk,)]


@pytest.mark.postgres
def test_a_parameter_that_is_changed_on_its_way_is_refused() -> None:
    strange = Compiled(lambda *, least: Member.objects.filter(pk__gte=least + 1).values_list("pk"))
    with pytest.raises(RuntimeError, match="least did not reach the SQL"):
        strange.rows(least=1)


def test_a_compiled_query_of_whole_rows_gives_what_django_gives() -> None:
    partner = make_partner(slug="bakery")
    key, text = api_key.create(
        partner=partner, name="till 1", scopes=["orders:write", "members:read"], expires_at=datetime(2030, 1, 1, 0, 0, 0, 500, tzinfo=UTC)
    )
    found = api_key.find(text, now=datetime(2026, 3, 10, tzinfo=UTC))
    for mine, django in ((found, ApiKey.objects.get(pk=key.pk)), (found.partner, Partner.objects.get(pk=partner.pk))):
        assert {name: getattr(mine, name) for name in sql.whole(type(mine))} == {name: getattr(django, name) for name in sql.whole(type(django))}
    assert found.scopes == ["orders:write", "members:read"]


@pytest.mark.postgres
def test_placeholders_of_every_kind_reach_postgresql() -> None:
    assert sql.send([("SELECT 1", {})])[0][0] == [(1,)]
    assert sql.send([("SELECT %s::text, %s::bigint, '50%%'", ["%s", 7])])[0][0] == [("%s", 7, "50%")]
    assert sql.send([("SELECT %(one)s::text, %(two)s::bigint, %(one)s::text, '%%'", {"two": 2, "one": "%(two)s"})])[0][0] == [("%(two)s", 2, "%(two)s", "%")]


@pytest.mark.postgres
@pytest.mark.parametrize(
    "text", ["2026-03-10 12:00:00+00", "2026-03-10 12:00:00.5+03", "2026-03-10 12:00:00.000001+00", "0044-03-15 00:00:00+00", "9999-12-31 23:59:59.999999+00"]
)
def test_instants_come_as_django_reads_them(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [text])
        assert cursor.fetchone() == (datetime.fromisoformat(text).astimezone(UTC),)


@pytest.mark.postgres
def test_a_year_that_python_does_not_know_is_refused() -> None:
    with pytest.raises(DataError, match="too large"), connection.cursor() as cursor:
        cursor.execute("SELECT '10026-03-10 12:00:00+00'::timestamptz")
        cursor.fetchone()


def test_server_processes_look_for_cycles_rarely() -> None:
    program = "import gc, loyalty.wsgi; print(gc.get_freeze_count() > 10_000, gc.get_threshold()[0])"
    done = subprocess.run([sys.executable, "-c", program], env=os.environ | {"DEBUG": "1"}, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "50000"]
