"""Outlets in admin: an import shows what would change before it changes anything; hours and zones are checked."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from loyalty.domain import programme
from partners.models import Outlet, Partner
from tests.factories.loyalty import make_partner
from tests.factories.partners import make_outlet
from tests.factories.staff import staff_client, superuser_client

pytestmark = pytest.mark.django_db

HEADER = "partner,external_id,name,address,city,country,lat,lng,phone,hours,timezone"
GOOD = "bakery,m1,Зерно,ул. Тверская 1,Москва,RU,55.76,37.61,,Пн-Пт 9:00-18:00,"
IMPORT, EXPORT = "admin:partners_outlet_import", "admin:partners_outlet_export"


@pytest.fixture
def bakery() -> Partner:
    return make_partner("bakery")


@pytest.fixture
def staff() -> Client:
    return superuser_client()


def _preview(client: Client, *rows: str, header: str = HEADER) -> Any:
    file = SimpleUploadedFile("outlets.csv", "\n".join([header, *rows]).encode(), content_type="text/csv")
    return client.post(reverse(IMPORT), {"format": "0", "import_file": file})


def test_a_preview_changes_nothing_and_confirming_it_does(staff: Client, bakery: Partner) -> None:
    make_outlet(bakery, "m1", name="QQQ")
    shown = _preview(staff, GOOD, GOOD.replace("m1", "m2"))
    assert shown.status_code == 200
    assert [row.import_type for row in shown.context["result"].rows] == ["update", "new"]
    assert "QQQ" in shown.content.decode()
    assert list(Outlet.objects.values_list("external_id", "name")) == [("m1", "QQQ")]
    confirmed = staff.post(reverse("admin:partners_outlet_process_import"), shown.context["confirm_form"].initial)
    assert confirmed.status_code == 302
    assert sorted(Outlet.objects.values_list("external_id", "name", "hours")) == [(name, "Зерно", "Mo-Fr 09:00-18:00; Sa-Su off") for name in ("m1", "m2")]
    again = _preview(staff, GOOD)
    assert [row.import_type for row in again.context["result"].rows] == ["skip"]


def test_bad_rows_are_told_row_by_row(staff: Client, bakery: Partner) -> None:
    shown = _preview(staff, GOOD, GOOD.replace("55.76", "95"), GOOD, GOOD.replace("bakery", "nobody").replace("m1", "m3"))
    page = shown.content.decode()
    assert "lat 95 is not between -90 and 90" in page
    assert "has it already" in page
    assert "there is no partner “nobody”" in page
    assert not Outlet.objects.exists()


def test_columns_that_mean_nothing_are_refused(staff: Client, bakery: Partner) -> None:
    page = _preview(staff, f"{GOOD},x", header=f"{HEADER},owner").content.decode()
    assert "there is no column owner" in page
    assert not Outlet.objects.exists()


def test_who_may_only_look_imports_nothing(bakery: Partner) -> None:
    assert staff_client(programme.SUPPORT).get(reverse(IMPORT)).status_code == 403
    assert staff_client(programme.CATALOGUE_EDITOR).get(reverse(IMPORT)).status_code == 200


def test_outlets_leave_as_a_file_without_formulas_that_comes_back_unchanged(bakery: Partner) -> None:
    make_outlet(bakery, "m1", name="=HYPERLINK(1)", address="%x|y", phone="+7 495 123-45-67", lat=-33.5, lng=18.25, country="ZA")
    client = staff_client(programme.CATALOGUE_EDITOR)
    assert reverse(EXPORT) in client.get(reverse("admin:partners_outlet_changelist")).content.decode()
    answer = client.post(reverse(EXPORT), {"format": "0", "resource": "0"} | {f"outletresource_{name}": "on" for name in HEADER.split(",")})
    assert answer["Content-Type"] == "text/csv"
    header, row = answer.content.decode().splitlines()
    assert header == HEADER
    assert row.startswith("bakery,m1,'=HYPERLINK(1),'%x\\|y,")
    assert ",-33.5,18.25,'+7 495 123-45-67," in row
    again = _preview(client, row)
    assert [one.import_type for one in again.context["result"].rows] == ["skip"]


@pytest.mark.parametrize(("field", "text", "words"), [("hours", "when we feel like it", "can"), ("timezone", "Mars/Olympus", "Mars/Olympus")])
def test_hours_and_zones_are_checked_in_the_form(staff: Client, bakery: Partner, field: str, text: str, words: str) -> None:
    outlet = make_outlet(bakery)
    values = {name: getattr(outlet, name) for name in ("external_id", "name", "address", "city", "country", "lat", "lng", "phone", "hours", "timezone")}
    page = staff.post(reverse("admin:partners_outlet_change", args=[outlet.pk]), values | {"partner": bakery.pk, "is_active": "on", field: text})
    assert page.status_code == 200
    assert words in page.content.decode()
    outlet.refresh_from_db()
    assert getattr(outlet, field) == ""
