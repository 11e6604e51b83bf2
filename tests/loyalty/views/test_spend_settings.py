"""/profile/spending/ : the lock and the limits."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import Member
from loyalty.domain import ledger, till
from loyalty.enums import EntryKind, SpendLock
from loyalty.models import Programme, SpendSettings
from tests.factories.cabinet import make_login, signed_in
from tests.loyalty.views.pages import raw, text

PAGE = "/profile/spending/"


def lock_of(member: Member, programme: Programme, now: datetime) -> SpendLock:
    return till.allowance(member.pk, programme=programme, now=now).lock


def test_by_default_the_lock_is_closed_and_the_programmes_cap_holds(client: Client) -> None:
    page = text(client.get(PAGE))
    assert "Closed, your phone opens it" in page
    assert "Spent or set aside today: 0 of 10,000 points" in page
    assert "Empty: as the programme says, 10,000 points" in page
    assert not SpendSettings.objects.exists()


def test_the_lock_opens_for_an_hour(client: Client, member: Member, programme: Programme, now: datetime) -> None:
    page = text(client.post(PAGE, {"lock": "hour"}, follow=True))
    assert "The lock is open until 13:00" in page
    assert "anybody who knows it can spend your points" in page
    assert lock_of(member, programme, now) == SpendLock.OPEN
    with time_machine.travel(now + timedelta(hours=1), tick=False):
        assert "Closed, your phone opens it" in text(client.get(PAGE))


def test_the_lock_opens_until_it_is_closed(client: Client, member: Member, programme: Programme, now: datetime) -> None:
    assert "The lock is open until you close it" in text(client.post(PAGE, {"lock": "open"}, follow=True))
    assert lock_of(member, programme, now + timedelta(days=900)) == SpendLock.OPEN
    assert "points are spent only with your phone" in text(client.post(PAGE, {"lock": "phone"}, follow=True))
    assert lock_of(member, programme, now) == SpendLock.PHONE


def test_spending_can_be_closed_altogether(client: Client, member: Member, programme: Programme, now: datetime) -> None:
    page = text(client.post(PAGE, {"lock": "closed"}, follow=True))
    assert "Every till gets a refusal, even with your code" in page
    assert "Allow with my phone" in page
    assert lock_of(member, programme, now) == SpendLock.CLOSED


def test_the_limits_are_saved(client: Client, member: Member) -> None:
    page = client.post(PAGE, {"limits": "1", "daily_cap": " 2\u00a0500 ", "confirm_above": "300"}, follow=True)
    assert "The limits are saved" in text(page)
    assert 'name="daily_cap" value="2500"' in raw(page)
    own = SpendSettings.objects.get(member=member)
    assert (own.daily_cap, own.confirm_above, own.lock) == (2500, 300, SpendLock.PHONE)
    client.post(PAGE, {"limits": "1", "daily_cap": "", "confirm_above": ""})
    own.refresh_from_db()
    assert (own.daily_cap, own.confirm_above) == (None, None)


def test_asking_always_is_zero(client: Client, member: Member) -> None:
    client.post(PAGE, {"limits": "1", "daily_cap": "", "confirm_above": "0"})
    assert SpendSettings.objects.get().confirm_above == 0


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("daily_cap", "many", "Enter a whole number of points"),
        ("daily_cap", "12.5", "Enter a whole number of points"),
        ("daily_cap", "0", "Ensure this value is greater than or equal to 1."),
        ("daily_cap", "-3", "Ensure this value is greater than or equal to 1."),
        ("confirm_above", "-1", "Ensure this value is greater than or equal to 0."),
        ("daily_cap", "9" * 30, "At most 1000000000"),
        ("confirm_above", "\x00", "Enter a whole number of points"),
    ],
)
def test_a_wrong_limit_says_what_is_wrong_and_changes_nothing(client: Client, field: str, value: str, sentence: str) -> None:
    page = client.post(PAGE, {"limits": "1", field: value})
    assert page.status_code == 200
    assert sentence in text(page)
    assert 'aria-invalid="true"' in raw(page)
    assert not SpendSettings.objects.exists()


@pytest.mark.parametrize("body", [{}, {"lock": "ajar"}, {"daily_cap": "5"}])
def test_what_no_form_of_the_page_sends_changes_nothing(client: Client, body: dict[str, str]) -> None:
    assert client.post(PAGE, body).status_code == 200
    assert not SpendSettings.objects.exists()


def test_what_was_spent_today_is_shown(client: Client, member: Member, programme: Programme, now: datetime) -> None:
    ledger.grant(member_id=member.pk, kind=EntryKind.ADJUSTMENT, points=900, programme=programme, now=now, key=None)
    ledger.place_hold(member_id=member.pk, points=120, ttl=timedelta(minutes=5), now=now)
    assert "Spent or set aside today: 120 of 10,000 points" in text(client.get(PAGE))


def test_nobody_else_can_open_the_lock(client: Client, member: Member, visitor: Client, programme: Programme, now: datetime) -> None:
    client.post(PAGE, {"lock": "closed"})
    signed_in(make_login("boris@example.org")).post(PAGE, {"lock": "open", "member": member.pk})
    assert visitor.post(PAGE, {"lock": "open"})["Location"].startswith("/accounts/login/")
    assert lock_of(member, programme, now) == SpendLock.CLOSED


def test_it_speaks_russian(member: Member) -> None:
    member.user.language = "ru"  # type: ignore[union-attr]
    member.user.save(update_fields=["language"])  # type: ignore[union-attr]
    page = text(signed_in(member).get(PAGE))
    assert "Закрыт, открывает ваш телефон" in page
    assert "Пусто — как в программе, 10 000 баллов" in page
