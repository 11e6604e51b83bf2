"""`import_outlets`: good rows load, bad ones come back with a reason, an unreadable file changes nothing."""

import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partners.domain import search
from partners.models import Outlet, Partner
from tests.factories.loyalty import make_partner
from tests.factories.partners import make_outlet

pytestmark = pytest.mark.django_db

HEADER = "external_id,name,address,city,country,lat,lng,phone,hours,timezone"
GOOD = 'm1,Зерно на Тверской,"ул. Тверская, 1",Москва,RU,55.7601,37.6101,+7 800 000-00-01,Пн-Пт 9:00-18:00,Europe/Moscow'


@pytest.fixture
def partner() -> Partner:
    return make_partner("bakery")


@pytest.fixture
def load(partner: Partner, tmp_path: Path) -> Callable[..., str]:
    """Import lines (or bytes) as a file; gives what was printed."""

    def run(content: str | bytes, *, name: str = "outlets.csv", **options: Any) -> str:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        printed = io.StringIO()
        call_command("import_outlets", str(path), partner=partner.slug, stdout=printed, stderr=io.StringIO(), **options)
        return printed.getvalue()

    return run


def _row(**changes: str) -> str:
    values = dict(zip(HEADER.split(","), next(csv.reader([GOOD])), strict=True)) | changes
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(values.values())
    return out.getvalue()


def test_outlets_load_and_load_again(load: Callable[..., str], partner: Partner) -> None:
    other = make_outlet(make_partner("other"), "m1", name="another's")
    printed = load(f"{HEADER}\n{GOOD}\n{_row(external_id='m2', lat='-90', lng='180', hours='', timezone='')}\n")
    assert "2 rows: 2 outlets added, 0 changed, 0 known already, 0 rows rejected, 0 with a warning." in printed
    first = Outlet.objects.get(partner=partner, external_id="m1")
    assert (first.name, first.address, first.city, first.country, first.lat, first.lng) == (
        "Зерно на Тверской",
        "ул. Тверская, 1",
        "Москва",
        "RU",
        55.7601,
        37.6101,
    )
    assert (first.phone, first.hours, first.timezone, first.is_active) == ("+7 800 000-00-01", "Mo-Fr 09:00-18:00; Sa-Su off", "Europe/Moscow", True)
    assert "0 outlets added, 0 changed, 2 known already" in load(f"{HEADER}\n{GOOD}\n{_row(external_id='m2', lat='-90', lng='180', hours='', timezone='')}\n")
    assert "0 outlets added, 1 changed, 0 known already" in load(f"{HEADER}\n{_row(lng='37.62')}\n")
    first.refresh_from_db()
    other.refresh_from_db()
    assert (first.lng, other.name, Outlet.objects.count()) == (37.62, "another's", 3)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"lat": "91"}, "lat 91 is not between -90 and 90; lat and lng may be swapped"),
        ({"lat": "191"}, "lat 191 is not between -90 and 90"),
        ({"lng": "-180.01"}, "lng -180.01 is not between -180 and 180"),
        ({"lat": "55,76"}, "lat “55,76” is not a number of degrees, as in 55.752023"),
        ({"lat": "nan"}, "lat “nan” is not a number of degrees, as in 55.752023"),
        ({"lng": "1e1"}, "lng “1e1” is not a number of degrees, as in 55.752023"),
        ({"lng": ""}, "lng is empty"),
        ({"lat": "0", "lng": "0.0"}, "lat 0, lng 0 lies in the ocean: the outlet has no coordinates"),
        ({"external_id": " "}, "external_id is empty"),
        ({"name": ""}, "name is empty"),
        ({"country": "Russia"}, "country is longer than 2 characters"),
        ({"country": "QQ"}, "country “QQ” is no two-letter code of ISO 3166, as in RU"),
        ({"external_id": "x" * 65}, "external_id is longer than 64 characters"),
        ({"name": "a\x00b"}, "name contains a NUL character"),
    ],
)
def test_a_bad_row_is_rejected_with_its_reason(load: Callable[..., str], tmp_path: Path, changes: dict[str, str], reason: str) -> None:
    rejects = tmp_path / "rejects.csv"
    bad = _row(**({"external_id": "bad"} | changes))
    printed = load(f"{HEADER}\n{GOOD}\n{bad}\n", rejects=rejects)
    assert "1 outlets added" in printed
    assert f"row 2: {reason}" in printed
    header, row = list(csv.reader(rejects.open(encoding="utf-8")))
    assert (header[-1], row[-1]) == ("reason", reason)
    assert row[:-1] == next(csv.reader([bad]))


def test_doubles_and_rows_of_a_wrong_width_are_rejected_and_unknown_columns_named(load: Callable[..., str]) -> None:
    printed = load(f"{HEADER},owner\n{GOOD},x\n{GOOD},x\n{GOOD}\n{_row(external_id='m2')},x\n")
    assert "Ignored columns: owner" in printed
    assert "4 rows: 2 outlets added, 0 changed, 0 known already, 2 rows rejected" in printed
    assert "row 2: external_id “m1” is in row 1 already" in printed
    assert "row 3: the row has 10 columns, the header 11" in printed


def test_hours_and_zones_that_cannot_be_read_are_left_out_with_a_warning(load: Callable[..., str]) -> None:
    printed = load(f"{HEADER}\n{_row(hours='by appointment', timezone='Mars/Olympus')}\n")
    assert "1 outlets added" in printed
    assert "1 with a warning" in printed
    assert "loaded without hours: “by appointment” can't be read." in printed
    assert "loaded without timezone: “Mars/Olympus” is no time zone." in printed
    assert Outlet.objects.get().hours == Outlet.objects.get().timezone == ""


def test_an_outlet_far_from_the_others_of_its_city_is_pointed_out(load: Callable[..., str]) -> None:
    rows = [_row(external_id=f"m{n}", lng=f"37.{60 + n}") for n in range(20)]
    printed = load("\n".join([HEADER, *rows, _row(external_id="wrong", lng="1.87"), _row(external_id="kazan", city="Казань", lng="49.1")]) + "\n")
    assert "22 outlets added" in printed
    assert "row 21: loaded, but it lies 22" in printed
    assert "row 22" not in printed


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (f"{HEADER}\n{GOOD}\n{GOOD[:40]}".encode(), "a.csv", "cut off"),
        (gzip.compress(f"{HEADER}\n{GOOD}\n".encode() * 400, mtime=0)[:-20], "a.csv.gz", "cut off"),
        (f"{HEADER}\n{GOOD}\n".encode("cp1251"), "a.csv", "not UTF-8"),
        (f'{HEADER}\n{GOOD}\n"m3,open'.encode(), "a.csv", "not sound CSV"),
        (b"", "a.csv", "is empty"),
        (b"id,lat\n1,2\n", "a.csv", "lacks the column external_id"),
    ],
    ids=["cut off", "gzip cut off", "not UTF-8", "open quote", "empty", "other columns"],
)
def test_an_unreadable_file_changes_nothing_and_exits_2(load: Callable[..., str], content: bytes, name: str, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence) as refusal:
        load(content, name=name)
    assert refusal.value.returncode == 2
    assert not Outlet.objects.exists()


def test_an_unknown_partner_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no partner “nobody”"):
        call_command("import_outlets", str(tmp_path / "x.csv"), partner="nobody")


def test_statements_grow_with_batches_not_with_rows(load: Callable[..., str]) -> None:
    def cost(rows: int, offset: int) -> int:
        content = "\n".join([HEADER, *(_row(external_id=f"m{offset + n}") for n in range(rows))]) + "\n"
        with CaptureQueriesContext(connection) as queries:
            load(content)
        return len(queries)

    # The first ones teach the search their words.
    cost(1, 5000)
    assert cost(2, 0) == cost(60, 1000)


def test_imported_places_are_found_by_search(load: Callable[..., str], partner: Partner) -> None:
    assert search.find("тверская").scores == {}
    load(f"{HEADER}\n{GOOD}\n")
    assert list(search.find("тверской").scores) == [partner.pk]
