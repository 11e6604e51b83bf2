"""API keys in admin: shown once, rotated, revoked."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from partners.models import ApiKey
from tests.factories.accounts import MemberFactory, StaffFactory, sign_in
from tests.factories.loyalty import make_partner
from tests.factories.till import Till, make_till

pytestmark = pytest.mark.django_db
LIST = "admin:partners_apikey_changelist"


@pytest.fixture
def staff() -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(StaffFactory(language="en"))
    return client


def _key_in(page: Any) -> str:
    found = re.search(r"\b(\w{8}\.\w{32})\b", page.content.decode())
    assert found, "no key is shown"
    return found[1]


def _act(client: Client, action: str) -> Any:
    return client.post(reverse(LIST), {"action": action, "_selected_action": [ApiKey.objects.order_by("created").first().pk]}, follow=True)  # type: ignore[union-attr]


def test_a_new_key_is_shown_once_and_works(staff: Client) -> None:
    partner = make_partner()
    made = staff.post(
        reverse("admin:partners_apikey_add"),
        {"partner": partner.pk, "name": "till 1", "scopes": ["catalogue:read"], "expiry_date_0": "", "expiry_date_1": ""},
        follow=True,
    )
    text = _key_in(made)
    assert Till(partner, text).get("partners/").status_code == 200
    key = ApiKey.objects.get()
    assert (key.scopes, key.partner, key.created_by is not None) == (["catalogue:read"], partner, True)
    for page in (staff.get(reverse(LIST)), staff.get(reverse("admin:partners_apikey_change", args=[key.pk]))):
        assert page.status_code == 200
        assert text.partition(".")[2] not in page.content.decode()


def test_a_rotated_key_has_a_working_successor(staff: Client) -> None:
    till = make_till()
    fresh = Till(till.partner, _key_in(_act(staff, "rotate")))
    assert [fresh.get("partners/").status_code, till.get("partners/").status_code] == [200, 200]
    assert "successor already" in _act(staff, "rotate").content.decode()


def test_a_revoked_key_is_refused(staff: Client) -> None:
    till = make_till()
    _act(staff, "revoke")
    assert till.get("partners/").status_code == 401


def test_members_see_no_keys() -> None:
    make_till()
    client = sign_in(Client(), MemberFactory(with_login=True))
    assert client.get(reverse(LIST)).status_code == 302
