"""Queries for both databases: what goes in comes out."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from django.conf import settings
from django.db import DataError, connection
from psycopg import RawCursor

from accounts.models import Member
from loyalty.lib import rows
from loyalty.lib.batch import Batch, insert, insert_alike
from loyalty.lib.branches import Branch, Found, union
from loyalty.lib.postgres.arrays import array
from loyalty.lib.rows import Query, fetch, next_ids
from loyalty.lib.shapes import Money, shape
from loyalty.models import LevelHistory, Lot, Programme
from partners.domain import api_key
from partners.models import ApiKey, Partner, Terms
from tests.factories.loyalty import make_member, make_partner, make_programme

pytestmark = pytest.mark.django_db

NASTY = ["", "plain", 'a "quoted" one', "back\\slash", "{1,2}", "NULL", "a,b", " spaces ", "line\nend", "жетон ☕", "'; --", "%s %(x)s"]


class Named(NamedTuple):
    first_name: str
    id: int


class Everything(NamedTuple):
    """A row with a value of each type."""

    number: int | None
    text: str | None
    at: datetime | None
    money: Money | None
    is_so: bool | None
    uuid: UUID | None


def test_texts_of_any_kind_are_found_by_a_list() -> None:
    members = {text: make_member() for text in NASTY}
    for text, member in members.items():
        Member.objects.filter(pk=member.pk).update(first_name=text)
    named = Query("SELECT first_name, id FROM accounts_member WHERE first_name :texts names", Named)
    assert dict(named.ask(names=NASTY).rows()) == {text: member.pk for text, member in members.items()}
    assert named.ask(names=[]).rows() == []


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
        cursor.execute(f"SELECT unnest(%s::{kind}[])", [array(kind, values)])
        assert [value for (value,) in cursor.fetchall()] == values


def test_given_rows_come_back_as_they_were() -> None:
    at = datetime(2026, 3, 10, 12, 0, 0, 5, tzinfo=UTC)
    given = [Everything(place, text, at, Decimal("0.10"), place % 2 == 0, UUID(int=place)) for place, text in enumerate(NASTY)]
    given += [Everything(-(2**62), None, None, None, None, None), Everything(None, "", at, Decimal("-5.00"), True, UUID(int=7))]
    back = Query("SELECT :columns given FROM :rows given", Everything, given=Everything)
    found = back.ask(given=given).rows()
    assert found == given
    assert all(type(row) is Everything for row in found)
    assert back.ask(given=[]).rows() == []


@pytest.mark.parametrize("prepared", [True, False])
def test_a_query_is_answered_alike_whether_it_is_prepared_or_not(*, prepared: bool) -> None:
    member = make_member()
    known = Query("SELECT first_name, id FROM accounts_member WHERE id :ids ids AND '50%%' <> %(text)s", Named, prepared=prepared)
    assert [row.id for row in known.ask(ids={member.pk}, text="%s").rows()] == [member.pk]


@pytest.mark.parametrize("count", [1, 4, 5, 20])
def test_few_rows_and_many_are_inserted_alike(count: int) -> None:
    joined = datetime(2026, 3, 10, tzinfo=UTC)
    given = [(NASTY[place % len(NASTY)], f"{place}", None, joined, joined) for place in range(count)]
    batch = Batch()
    batch.insert(Member, ("first_name", "last_name", "email", "joined_at", "created_at"), given)
    batch.run()
    found = Member.objects.order_by("pk").values_list("first_name", "last_name", "email", "joined_at", "created_at")
    assert list(found) == given


@pytest.mark.parametrize("count", [1, 4, 5, 20])
def test_new_keys_come_back_in_the_order_of_the_rows(count: int) -> None:
    joined = datetime(2026, 3, 10, tzinfo=UTC)
    given = [("", f"{place}", joined, joined) for place in reversed(range(count))]
    ids = insert(Member, ("first_name", "last_name", "joined_at", "created_at"), given, returning=True)
    names = dict(Member.objects.values_list("pk", "last_name"))
    assert [names[pk] for pk in ids] == [last for _first, last, *_dates in given]


def test_rows_of_a_few_different_values_are_inserted_but_for_those_that_are_there() -> None:
    joined = datetime(2026, 3, 10, tzinfo=UTC)
    columns = ("last_name", "first_name", "email", "phone", "joined_at", "created_at")
    given = [(f"{place}", NASTY[place % 3], f"{place}@example.org", None, joined, joined + timedelta(days=place % 2)) for place in range(50)]
    insert_alike(Member, columns, given[:10])
    insert_alike(Member, columns, given)
    insert_alike(Member, columns, given[:1])
    assert list(Member.objects.order_by("pk").values_list(*columns)) == given


@pytest.mark.parametrize("count", [1, 3, 40])
def test_alike_rows_keep_json(count: int) -> None:
    partner = make_partner()
    columns = ("slug", "name", "photos", "created_at")
    given = [(f"shop-{place}", NASTY[2], [{"name": NASTY[2], "place": place}], datetime(2026, 3, 10, tzinfo=UTC)) for place in range(count)]
    more = [(getattr(partner, field.attname)) for field in Partner._meta.concrete_fields if field.name not in ("id", *columns)]
    names = [field.name for field in Partner._meta.concrete_fields if field.name not in ("id", *columns)]
    insert_alike(Partner, (*columns, *names), [(*row, *more) for row in given])
    assert list(Partner.objects.exclude(pk=partner.pk).order_by("pk").values_list(*columns)) == given


def test_a_batch_that_misses_a_row_is_refused() -> None:
    batch = Batch()
    batch.add(Member, "birth_year", {0: 1})
    with pytest.raises(RuntimeError, match="vanished"):
        batch.run()


@pytest.mark.parametrize("count", [1, 2])
def test_a_batch_inserts_and_adds(count: int) -> None:
    joined = datetime(2026, 3, 10, tzinfo=UTC)
    known = [make_member() for _member in range(count)]
    Member.objects.update(birth_year=1900)
    batch = Batch()
    batch.insert(Member, ("first_name", "last_name", "joined_at", "created_at"), [("New", "", joined, joined)])
    batch.add(Member, "birth_year", {member.pk: place + 1 for place, member in enumerate(known)})
    batch.run()
    assert list(Member.objects.order_by("pk").values_list("birth_year", flat=True)) == [*range(1901, 1901 + count), None]


def test_a_query_takes_other_parameters() -> None:
    older, younger = make_member(), make_member()
    Member.objects.filter(pk=older.pk).update(joined_at=datetime(2020, 1, 1, tzinfo=UTC))
    Member.objects.filter(pk=younger.pk).update(joined_at=datetime(2025, 1, 1, tzinfo=UTC))
    since = Query("SELECT first_name, id FROM accounts_member WHERE joined_at >= %(since)s AND id >= %(least)s ORDER BY id", Named)

    def found(**values: Any) -> list[int]:
        return [row.id for row in since.ask(**values).rows()]

    assert found(since=datetime(2019, 1, 1, tzinfo=UTC), least=0) == [older.pk, younger.pk]
    assert found(since=datetime(2024, 1, 1, tzinfo=UTC), least=0) == [younger.pk]
    assert found(since=datetime(2019, 1, 1, tzinfo=UTC), least=younger.pk) == [younger.pk]


def test_a_query_without_one_of_its_parameters_is_refused() -> None:
    with pytest.raises(KeyError, match="least"):
        Query("SELECT first_name, id FROM accounts_member WHERE id >= %(least)s", Named).ask().rows()


def test_rows_of_models_are_what_django_gives() -> None:
    make_programme(point_value=Decimal("0.5"))
    partner = make_partner(slug="bakery")
    key, text = api_key.create(
        partner=partner, name="till 1", scopes=["orders:write", "members:read"], expires_at=datetime(2030, 1, 1, 0, 0, 0, 500, tzinfo=UTC)
    )
    found = api_key.find(text, now=datetime(2026, 3, 10, tzinfo=UTC))
    [terms] = Query("SELECT :columns terms FROM partners_terms terms", Terms).ask().rows()
    [programme] = Query("SELECT :columns programme FROM loyalty_programme programme", Programme).ask().rows()
    for mine, django in (
        (found, ApiKey.objects.get(pk=key.pk)),
        (found.partner, Partner.objects.get(pk=partner.pk)),
        (terms, Terms.objects.get()),
        (programme, Programme.objects.get()),
    ):
        names = [field.attname for field in type(mine)._meta.concrete_fields]
        assert {name: repr(getattr(mine, name)) for name in names} == {name: repr(getattr(django, name)) for name in names}
        assert (mine._state.db, mine._state.adding) == ("default", False)
    assert found.scopes == ["orders:write", "members:read"]


def test_queries_together_have_an_answer_each() -> None:
    member = make_member()
    named = Query("SELECT first_name, id FROM accounts_member WHERE id = %(id)s", Named)
    nobody, one = fetch(named.ask(id=0), named.ask(id=member.pk))
    assert (nobody, [row.id for row in one]) == ([], [member.pk])


class Some(NamedTuple):
    text: str
    number: int
    other: int


class More(NamedTuple):
    at: datetime | None
    number: int


def test_branches_travel_as_one_and_come_back_apart() -> None:
    at = datetime(2026, 3, 10, tzinfo=UTC)
    branches = union(
        [
            Branch(Some, "SELECT text, number, number + 1 AS other FROM :rows given"),
            Branch(More, "SELECT DISTINCT CAST(%(at)s AS :instant) AS at, number FROM :rows given WHERE number > 1"),
            Branch(More, "SELECT CAST(NULL AS :instant) AS at, number FROM :rows given WHERE number = 1"),
        ],
        given=Some,
    )
    found = Found(branches.ask(at=at, given=[Some("a", 1, 0), Some("b", 2, 0)]).rows())
    assert sorted(found.of(Some)) == [Some("a", 1, 2), Some("b", 2, 3)]
    assert sorted(found.of(More), key=lambda row: row.number) == [More(None, 1), More(at, 2)]
    assert found.of(Named) == []


class Words(NamedTuple):
    least: int
    floor: int
    chance: int


class Text(NamedTuple):
    text: str


def test_words_mean_the_same_in_both_databases() -> None:
    [words] = Query("SELECT :least(7, 3, 5), CAST(:floor(2.9) AS bigint), :chance", Words).ask().rows()
    assert (words.least, words.floor) == (3, 2)
    assert 0 <= words.chance < 2**40
    joined = Query("SELECT :join(text, ',') FROM (SELECT text FROM :rows given ORDER BY text) ordered", Text, given=Text)
    assert joined.ask(given=[Text("b"), Text("a")]).rows() == [Text("a,b")]


def test_a_digest_differs_where_a_record_does() -> None:
    digest = Query("SELECT :digest(:join(CAST(:record(text, number, other) AS text), '')) FROM :rows given", Text, given=Some)

    def of(*given: Some) -> str:
        return digest.ask(given=given).rows()[0].text

    assert of(Some("a", 1, 2)) == of(Some("a", 1, 2))
    assert len({of(Some("a", 1, 2)), of(Some("a", 12, 2)), of(Some("a1", 1, 2)), of(Some("a", 1, 2), Some("a", 1, 2))}) == 4


@pytest.mark.parametrize(
    "make", [lambda: Query("SELECT 1", Text, server_only=True).ask().rows(), lambda: fetch(Query("SELECT 1", Text, server_only=True).ask())[0]]
)
def test_what_only_a_server_does_is_nothing_elsewhere(make: Callable[[], list[Text]]) -> None:
    assert len(make()) == (connection.vendor == "postgresql")


def test_new_keys_go_on_after_those_asked_for_before() -> None:
    first = next_ids((Lot, 2, 0), (LevelHistory, 1, 0)).rows()
    more = next_ids((Lot, 3, 2), (LevelHistory, 0, 1)).rows()
    assert [one.place for one in first] == [0, 0, 1]
    lots = [one.id for one in (*first, *more) if one.place == 0]
    assert lots == list(range(lots[0], lots[0] + 5))


def test_sets_inside_djangos_queries() -> None:
    wanted, other = make_member(), make_member()
    Member.objects.filter(pk=wanted.pk).update(first_name=NASTY[2])
    for chosen in (
        Member.objects.filter(pk__in=rows.id_set([wanted.pk])),
        Member.objects.filter(first_name__in=rows.text_set([NASTY[2]])),
        Member.objects.filter(rows.is_one_of("accounts_member.id", [wanted.pk])),
        Member.objects.exclude(pk__in=rows.id_set([other.pk])),
    ):
        assert list(chosen) == [wanted]


def test_what_has_no_type_is_refused() -> None:
    class Odd(NamedTuple):
        things: dict[str, int]

    with pytest.raises(TypeError, match="know no type"):
        shape(Odd)


@pytest.mark.postgres
def test_placeholders_of_every_kind_reach_postgresql() -> None:
    class Three(NamedTuple):
        one: str
        two: int
        three: str

    text = Query("SELECT %(one)s::text, %(two)s::bigint, '50%%'", Three)
    assert text.ask(two=7, one="%s").rows() == [("%s", 7, "50%")]
    twice = Query("SELECT %(one)s::text, %(two)s::bigint, %(one)s::text || '%%'", Three)
    assert twice.ask(two=2, one="%(two)s").rows() == [("%(two)s", 2, "%(two)s%")]


@pytest.mark.postgres
def test_whole_numbers_are_of_one_type_here_and_djangos_own_elsewhere() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    for number in (7, 2**40):
        assert Query("SELECT pg_typeof(%(number)s)::text", Text).ask(number=number).rows() == [Text("bigint")]
    assert RawCursor(connection.connection).execute("SELECT pg_typeof($1)::text", [7]).fetchone() == ("smallint",)


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


def sources_with(pattern: str) -> list[str]:
    root = Path(settings.BASE_DIR)
    sources = [path for app in ("loyalty", "accounts", "partners", "quests") for path in (root / app).rglob("*.py") if "migrations" not in path.parts]
    return [str(path.relative_to(root)) for path in sources if re.search(pattern, path.read_text())]


def test_one_file_asks_which_database_it_is() -> None:
    assert sources_with(r"\.vendor\b") == ["loyalty/lib/rows.py"]


def test_columns_are_named_not_counted() -> None:
    assert sources_with(r"\brow\[\d+\]") == []


def test_server_processes_look_for_cycles_rarely() -> None:
    program = "import gc, loyalty.wsgi; print(gc.get_freeze_count() > 10_000, gc.get_threshold()[0])"
    done = subprocess.run([sys.executable, "-c", program], env=os.environ | {"DEBUG": "1"}, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "50000"]
