"""Partners' terms in the admin: dated rows that are added, never edited."""

from datetime import UTC, datetime
from decimal import Decimal

from auditlog.models import LogEntry
from django.urls import reverse

from loyalty.domain.programme import CATALOGUE_EDITOR, FINANCE
from loyalty.models import Programme
from partners.models import Partner, Terms
from tests.factories.staff import staff_client, superuser_client


def new_terms(partner: Partner, **changes: object) -> dict[str, object]:
    row = {"valid_from_0": "2026-03-01", "valid_from_1": "00:00:00", "base_pct": "7.5", "funding": "partner", "fee_pct": "0"}
    return {f"terms-0-{name}": value for name, value in ({**row, "partner": partner.pk} | changes).items()}


def partner_form(partner: Partner, **rows: object) -> dict[str, object]:
    head = {"name": partner.name, "category": "", "description": "", "is_active": "on"}
    return {**head, "terms-TOTAL_FORMS": "1", "terms-INITIAL_FORMS": "0", "terms-MIN_NUM_FORMS": "0", "terms-MAX_NUM_FORMS": "1000", **rows}


def test_terms_added_on_the_partners_page_are_in_the_programmes_zone_and_keep_the_exclusions(bakery: Partner) -> None:
    client = staff_client()
    address = reverse("admin:partners_partner_change", args=[bakery.pk])
    response = client.post(address, partner_form(bakery, **new_terms(bakery)), headers={"accept-language": "en"})
    assert response.status_code == 302, response.context["errors"]
    added = Terms.objects.latest("valid_from")
    assert (added.valid_from, added.base_pct) == (datetime(2026, 2, 28, 21, tzinfo=UTC), Decimal("7.5"))
    assert [one.value for one in added.exclusions.all()] == ["Tobacco"]
    line = LogEntry.objects.filter(content_type__model="terms", object_id=added.pk).get()
    assert line.actor is not None
    assert line.actor.email == "administrator@example.org"


def test_existing_rows_are_read_only(bakery: Partner) -> None:
    client = superuser_client()
    row = Terms.objects.get()
    page = client.get(reverse("admin:partners_partner_change", args=[bakery.pk])).content.decode()
    assert 'name="terms-0-base_pct"' not in page.replace("terms-__prefix__", "")
    address = reverse("admin:partners_terms_change", args=[row.pk])
    assert client.post(address, {"partner": bakery.pk, "base_pct": "99"}).status_code == 403
    assert client.post(reverse("admin:partners_terms_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    row.refresh_from_db()
    assert row.base_pct == 10


def test_new_terms_begin_as_a_copy_of_those_that_hold(bakery: Partner) -> None:
    client = staff_client(FINANCE)
    page = client.get(reverse("admin:partners_terms_add"), {"partner": bakery.pk}).content.decode()
    for value in ('value="10.000"', 'value="Tobacco"', 'value="The law says so"'):
        assert value in page
    row = {
        "partner": bakery.pk,
        "valid_from_0": "2026-03-01",
        "valid_from_1": "00:00:00",
        "base_pct": "8",
        "funding": "operator",
        "fee_pct": "1.5",
        "exclusions-TOTAL_FORMS": "1",
        "exclusions-INITIAL_FORMS": "0",
        "exclusions-0-field": "sku",
        "exclusions-0-value": "GIFT",
        "exclusions-0-reason": "A gift card",
    }
    response = client.post(reverse("admin:partners_terms_add"), row)
    assert response.status_code == 302, response.context["errors"]
    added = Terms.objects.latest("valid_from")
    assert (added.base_pct, added.funding, [one.value for one in added.exclusions.all()]) == (8, "operator", ["GIFT"])
    page = client.get(reverse("admin:partners_terms_change", args=[added.pk])).content.decode()
    assert 'name="exclusions-0-value"' not in page


def test_two_rows_of_one_instant_are_refused(bakery: Partner) -> None:
    row = Terms.objects.get()
    client = staff_client(FINANCE)
    form = {"partner": bakery.pk, "valid_from_0": "1990-01-01", "valid_from_1": "03:00:00", "base_pct": "8", "funding": "partner", "fee_pct": "0"}
    response = client.post(reverse("admin:partners_terms_add"), {**form, "exclusions-TOTAL_FORMS": "0", "exclusions-INITIAL_FORMS": "0"})
    assert response.status_code == 200
    assert list(Terms.objects.all()) == [row]


def test_a_catalogue_editor_changes_partners_but_gives_no_terms(bakery: Partner, programme: Programme) -> None:
    client = staff_client(CATALOGUE_EDITOR)
    assert client.get(reverse("admin:partners_terms_add")).status_code == 403
    client.post(reverse("admin:partners_partner_change", args=[bakery.pk]), partner_form(bakery, **new_terms(bakery)) | {"name": "Пекарня"})
    bakery.refresh_from_db()
    assert bakery.name == "Пекарня"
    assert Terms.objects.count() == 1
    assert client.get(reverse("admin:partners_partner_delete", args=[bakery.pk])).status_code == 403
