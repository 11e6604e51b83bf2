"""POST /members/: becoming a member at a till."""

from typing import Any

import pytest

from accounts.domain.consent import wants_marketing
from accounts.models import Member
from loyalty.models import Entry, Event
from partners.models import CustomerNumber
from tests.factories.accounts import MemberFactory
from tests.factories.till import make_till, order

pytestmark = pytest.mark.django_db

PERSON: dict[str, Any] = {"phone": "+79161234567", "consent_version": "2026-01"}


def test_a_person_gets_a_card_that_earns_at_once() -> None:
    till = make_till()
    answer = till.post("members/", PERSON | {"email": "Anna@Example.org", "first_name": "Анна", "external_id": "77"})
    assert answer.status_code == 201, answer.content
    card, address = answer.json()["card"], answer.json()["finish_url"]
    assert address.endswith("/accounts/signup/")
    member = Member.objects.get()
    assert (str(member.phone), member.email, member.first_name, member.user) == ("+79161234567", "anna@example.org", "Анна", None)
    assert [(one.kind, one.given, one.version, one.source) for one in member.consents.all()] == [("rules", True, "2026-01", f"till:{till.partner.pk}")]
    assert not wants_marketing(member)
    assert CustomerNumber.objects.get(number="77").member == member
    assert Event.objects.get().kind == "member_joined"
    # Welcome points wait until the contacts are proven.
    assert not Entry.objects.exists()
    assert till.post("orders/", order("A-1", {"card": card}, "100.00")).status_code == 201


def test_marketing_is_a_consent_of_its_own() -> None:
    assert make_till().post("members/", PERSON | {"marketing": True}).status_code == 201
    assert wants_marketing(Member.objects.get())


@pytest.mark.parametrize(
    "person", [PERSON, PERSON | {"phone": None, "email": "ANNA@example.org"}, PERSON | {"phone": "+79990000000", "email": "anna@example.org"}]
)
def test_a_known_contact_is_409_and_nothing_is_said_about_its_owner(person: dict[str, Any]) -> None:
    MemberFactory(phone="+79161234567", email="anna@example.org", first_name="Анна", with_card=True)
    answer = make_till().post("members/", person)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_member")
    assert "Анна" not in answer.content.decode()
    assert "9040" not in answer.content.decode()
    assert Member.objects.count() == 1


def test_a_log_ins_contact_is_taken_too() -> None:
    member = MemberFactory(with_login=True)
    assert make_till().post("members/", PERSON | {"phone": str(member.user.phone)}).status_code == 409


def test_a_customer_number_names_one_member() -> None:
    till = make_till()
    till.post("members/", PERSON | {"external_id": "77"})
    answer = till.post("members/", PERSON | {"phone": "+79161234568", "external_id": "77"})
    assert (answer.status_code, answer.json()["code"]) == (422, "customer_number_taken")
    assert Member.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"phone": None}, "phone"),
        ({"phone": "89161234567"}, "phone"),
        ({"phone": "+7"}, "phone"),
        ({"email": "x"}, "email"),
        ({"email": "a b@example.org"}, "email"),
        ({"consent_version": ""}, "consent_version"),
        ({"marketing": "perhaps"}, "marketing"),
        ({"surname": "x"}, "surname"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, Any], field: str) -> None:
    answer = make_till().post("members/", PERSON | change)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert not Member.objects.exists()


def test_the_consent_is_asked_for() -> None:
    answer = make_till().post("members/", {"phone": "+79161234567"})
    assert answer.json()["errors"][0] == {"field": "consent_version", "pointer": "/consent_version", "code": "required", "detail": "This field is required."}
