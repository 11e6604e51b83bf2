"""What a spend needs and how much a day: the programme's rules, a partner's own, and who may change them."""

from typing import Any

import pytest
from django.urls import reverse

from loyalty.domain import till
from loyalty.domain.programme import CATALOGUE_EDITOR
from loyalty.models import Programme
from partners.enums import SpendRequires
from partners.models import Partner
from tests.factories.staff import staff_client
from tests.loyalty.admin.test_programme_page import ADDRESS, form_of


def partner_form(partner: Partner, **changes: Any) -> dict[str, Any]:
    """What a browser would send back, terms unchanged."""
    inline = {"terms-TOTAL_FORMS": "0", "terms-INITIAL_FORMS": "0"}
    return {"name": partner.name, "description": "", "category": "", "is_active": "on", **inline, **changes}


def change_page(partner: Partner) -> str:
    return reverse("admin:partners_partner_change", args=[partner.pk])


@pytest.mark.parametrize("rule", SpendRequires.values)
def test_a_partner_gets_a_rule_of_its_own_and_gives_it_up_again(bakery: Partner, programme: Programme, rule: str) -> None:
    client = staff_client()
    page = client.get(change_page(bakery)).content.decode()
    assert "as the programme says: a one-time code from the member&#x27;s phone" in page
    assert "By card number alone whoever holds the card can spend" in page
    assert client.post(change_page(bakery), partner_form(bakery, spend_requires=rule)).status_code == 302
    bakery.refresh_from_db()
    assert till.spend_requires(bakery, programme) == rule
    assert client.post(change_page(bakery), partner_form(bakery, spend_requires="")).status_code == 302
    bakery.refresh_from_db()
    assert bakery.spend_requires is None


def test_who_may_only_edit_the_catalogue_reads_the_rule(bakery: Partner) -> None:
    client = staff_client(CATALOGUE_EDITOR)
    assert client.post(change_page(bakery), partner_form(bakery, name="Bakers", spend_requires="card")).status_code == 302
    bakery.refresh_from_db()
    assert (bakery.name, bakery.spend_requires) == ("Bakers", None)


def test_a_rule_that_there_is_not_is_refused(bakery: Partner) -> None:
    response = staff_client().post(change_page(bakery), partner_form(bakery, spend_requires="nothing"))
    assert set(response.context["adminform"].form.errors) == {"spend_requires"}


def test_the_programmes_rule_and_cap_are_in_its_form(programme: Programme) -> None:
    client = staff_client()
    page = client.get(ADDRESS).content.decode()
    assert "0: they spend nothing at tills." in page
    assert "With consent the till waits" in page
    assert client.post(ADDRESS, form_of(programme, spend_requires="confirmation", spend_daily_cap=500)).status_code == 302
    programme.refresh_from_db()
    assert (programme.spend_requires, programme.spend_daily_cap) == ("confirmation", 500)


@pytest.mark.parametrize("cap", ["-1", "1.5", "many", "99999999999999999999", ""])
def test_a_cap_that_is_no_number_of_points_is_refused(programme: Programme, cap: str) -> None:
    response = staff_client().post(ADDRESS, form_of(programme, spend_daily_cap=cap))
    assert set(response.context["adminform"].form.errors) == {"spend_daily_cap"}
