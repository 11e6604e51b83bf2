"""A sign-up whose proven contact belongs to a member met before: attached, after the card digits where there are points."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Card, Member
from loyalty.domain import ledger
from loyalty.domain import programme as programmes
from loyalty.enums import EntryKind
from loyalty.models import Entry
from tests.accounts.conftest import EMAIL, PHONE, Post
from tests.accounts.walk import sign_up
from tests.factories.accounts import MemberFactory

pytestmark = pytest.mark.django_db


def give_points(member: Member, points: int = 100) -> None:
    ledger.grant(member_id=member.pk, kind=EntryKind.ADJUSTMENT, points=points, programme=programmes.current(), now=timezone.now(), key=None, reason="test")


def digits(client: Client, text: str) -> object:
    return client.post(reverse("signup_card"), {"digits": text})


def wrong_digits(card: Card) -> str:
    return f"{(int(card.number[-4:]) + 1) % 10000:04d}"


@pytest.mark.parametrize("contact", [{"phone": PHONE, "email": None}, {"phone": None, "email": EMAIL}, {"phone": None, "email": "Maria@Example.ORG"}])
def test_a_member_without_points_is_attached_at_once(client: Client, post: Post, contact: dict[str, str | None]) -> None:
    before = MemberFactory(**contact)
    assert sign_up(client, post).url == reverse("signup_done")
    member = Member.objects.get()
    assert member.pk == before.pk
    assert member.user is not None
    assert (str(member.phone), member.email) == (PHONE, EMAIL)
    assert Card.objects.filter(member=member, is_primary=True).count() == 1
    assert Entry.objects.get(member=member).kind == EntryKind.WELCOME


def test_points_without_a_card_ask_for_no_digits(client: Client, post: Post) -> None:
    before = MemberFactory(phone=PHONE)
    give_points(before)
    assert sign_up(client, post).url == reverse("signup_done")
    assert Member.objects.get().user is not None


def test_points_and_a_card_ask_for_the_last_digits(client: Client, post: Post) -> None:
    before = MemberFactory(phone=PHONE, with_card=True)
    give_points(before)
    assert sign_up(client, post).url == reverse("signup_card")
    before.refresh_from_db()
    assert before.user is None
    assert client.get(reverse("home")).wsgi_request.user.is_anonymous
    page = client.get(reverse("signup_card")).content.decode()
    assert Card.objects.get().number[-4:] not in page
    assert digits(client, Card.objects.get().number[-4:]).url == reverse("signup_done")  # type: ignore[attr-defined]
    before.refresh_from_db()
    assert before.user is not None
    assert Card.objects.count() == 1


def test_wrong_digits_are_counted_per_member_whoever_signs_up(post: Post) -> None:
    before = MemberFactory(phone=PHONE, with_card=True)
    give_points(before)
    card = Card.objects.get()
    first = Client()
    sign_up(first, post)
    for _ in range(3):
        assert digits(first, wrong_digits(card)).status_code == 200  # type: ignore[attr-defined]
    second = Client()
    sign_up(second, post)
    for _ in range(2):
        digits(second, wrong_digits(card))
    digits(second, card.number[-4:])
    before.refresh_from_db()
    assert before.user is None


def test_four_digits_are_needed_and_less_costs_no_try(client: Client, post: Post) -> None:
    before = MemberFactory(phone=PHONE, with_card=True)
    give_points(before)
    sign_up(client, post)
    for _ in range(6):
        assert digits(client, "12").status_code == 200  # type: ignore[attr-defined]
    assert digits(client, Card.objects.get().number[-4:]).url == reverse("signup_done")  # type: ignore[attr-defined]


def test_without_the_card_at_hand_a_new_one_is_given_and_the_old_keeps_its_points(client: Client, post: Post) -> None:
    before = MemberFactory(phone=PHONE, email="old@example.org", with_card=True)
    give_points(before)
    sign_up(client, post)
    assert client.post(reverse("signup_card"), {"action": "new"}).url == reverse("signup_done")
    before.refresh_from_db()
    assert before.user is None
    assert before.phone is None
    assert before.email == "old@example.org"
    member = Member.objects.exclude(pk=before.pk).get()
    assert str(member.phone) == PHONE
    assert Entry.objects.get(member=member).kind == EntryKind.WELCOME


def test_of_two_members_the_one_with_points_wins_and_gets_both_contacts(client: Client, post: Post) -> None:
    by_phone = MemberFactory(phone=PHONE, email=None)
    by_email = MemberFactory(phone=None, email=EMAIL, with_card=True)
    give_points(by_email)
    sign_up(client, post)
    digits(client, Card.objects.get().number[-4:])
    by_email.refresh_from_db()
    by_phone.refresh_from_db()
    assert by_email.user is not None
    assert str(by_email.phone) == PHONE
    assert (by_phone.user, by_phone.phone) == (None, None)


def test_of_two_members_without_points_the_phone_wins(client: Client, post: Post) -> None:
    by_email = MemberFactory(phone=None, email=EMAIL)
    by_phone = MemberFactory(phone=PHONE, email=None)
    sign_up(client, post)
    by_phone.refresh_from_db()
    by_email.refresh_from_db()
    assert by_phone.user is not None
    assert by_phone.email == EMAIL
    assert (by_email.user, by_email.email) == (None, None)


def test_the_digits_page_is_for_nobody_else(client: Client) -> None:
    assert client.get(reverse("signup_card")).url == reverse("account_signup")
