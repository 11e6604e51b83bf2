"""The programme in the admin: one row, its basis locked once points exist."""

from auditlog.models import LogEntry
from django.urls import reverse

from accounts.models import Member
from loyalty.domain.programme import FINANCE, SUPPORT
from loyalty.models import Programme
from tests.factories.staff import staff_client, superuser_client

ADDRESS = "/admin/loyalty/programme/1/change/"


def form_of(programme: Programme, **changes: object) -> dict[str, object]:
    names = [field.name for field in Programme._meta.fields if field.editable and field.name not in ("id", "updated_at", "brand_logo")]
    return {name: getattr(programme, name) for name in names} | changes


def test_the_list_leads_to_the_only_row(programme: Programme) -> None:
    assert staff_client().get(reverse("admin:loyalty_programme_changelist"))["Location"] == ADDRESS


def test_before_the_first_entry_everything_changes_and_is_logged(programme: Programme) -> None:
    response = staff_client().post(ADDRESS, form_of(programme, currency="EUR", pending_days=3))
    assert response.status_code == 302
    programme.refresh_from_db()
    assert (programme.currency, programme.pending_days) == ("EUR", 3)
    line = LogEntry.objects.filter(content_type__model="programme").latest("pk")
    assert line.actor is not None
    assert line.actor.email == "administrator@example.org"
    assert line.changes == {"currency": ["RUB", "EUR"], "pending_days": ["7", "3"]}


def test_afterwards_currency_zone_and_value_are_read_only_with_the_reason(anna: Member, programme: Programme) -> None:
    client = staff_client()
    assert "Points have been posted" in client.get(ADDRESS).content.decode()
    client.post(ADDRESS, form_of(programme, currency="EUR", timezone="Europe/Riga", point_value="2", pending_days=3))
    programme.refresh_from_db()
    assert (programme.currency, programme.timezone, programme.point_value, programme.pending_days) == ("RUB", "Europe/Moscow", 1, 3)


def test_bad_values_are_refused(programme: Programme) -> None:
    response = staff_client().post(ADDRESS, form_of(programme, timezone="Mars", spendable_share="101", brand_base="red"))
    assert set(response.context["adminform"].form.errors) == {"timezone", "spendable_share", "brand_base"}


def test_it_is_neither_added_nor_deleted(programme: Programme) -> None:
    client = superuser_client()
    assert client.get("/admin/loyalty/programme/add/").status_code == 403
    assert client.post("/admin/loyalty/programme/1/delete/", {"post": "yes"}).status_code == 403
    assert staff_client(SUPPORT).get(ADDRESS).status_code == 403
    assert staff_client(FINANCE).post(ADDRESS, form_of(programme, pending_days=1)).status_code == 403
