"""Dead letters in admin: seen with the reason, tried again, set aside, by those who may."""

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from loyalty.domain import events, programme
from loyalty.enums import DeadLetterState
from loyalty.models import Backlog, ConsumerMark, DeadLetter
from tests.factories.accounts import StaffFactory
from tests.loyalty.domain.events.event_cast import NOW, effects, fresh_start, make_events, once, register_writer

pytestmark = pytest.mark.django_db
LIST = "/admin/loyalty/deadletter/"


@pytest.fixture(autouse=True)
def _fresh_start(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh_start(monkeypatch)


@pytest.fixture
def letter() -> DeadLetter:
    register_writer()
    (event,) = make_events(1)
    ConsumerMark.objects.create(name="writer", planned_to=event)
    return DeadLetter.objects.create(consumer="writer", event_id=event, attempts=6, reason="ValueError: this event is poison")


def _staff(role: str | None = None) -> Client:
    user = StaffFactory.create(is_superuser=role is None)
    if role is not None:
        programme.install_roles()
        user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def _act(client: Client, action: str, letter: DeadLetter) -> None:
    client.post(LIST, {"action": action, "_selected_action": [letter.pk]})
    letter.refresh_from_db()


def test_the_list_and_the_page_show_the_reason(letter: DeadLetter) -> None:
    client = _staff(programme.ADMINISTRATOR)
    assert "this event is poison" in client.get(LIST).content.decode()
    assert "this event is poison" in client.get(f"{LIST}{letter.pk}/change/").content.decode()


def test_trying_again_has_the_effect_and_is_in_the_audit_log(letter: DeadLetter) -> None:
    _act(_staff(programme.ADMINISTRATOR), "retry", letter)
    assert letter.state == DeadLetterState.RETRIED
    events.sweep(now=timezone.now())
    assert effects() == once([letter.event_id])
    assert LogEntry.objects.get_for_object(letter).get().changes == {"state": ["open", "retried"]}


def test_setting_aside(letter: DeadLetter) -> None:
    _act(_staff(programme.ADMINISTRATOR), "dismiss", letter)
    assert letter.state == DeadLetterState.DISMISSED
    assert not Backlog.objects.exists()


def test_a_second_retry_says_why_not_and_does_nothing(letter: DeadLetter) -> None:
    client = _staff(programme.ADMINISTRATOR)
    _act(client, "retry", letter)
    _act(client, "retry", letter)
    assert Backlog.objects.count() == 1


@pytest.mark.parametrize("role", [programme.SUPPORT, programme.MARKETING, programme.FINANCE, programme.CATALOGUE_EDITOR])
def test_other_roles_neither_see_nor_settle_them(letter: DeadLetter, role: str) -> None:
    client = _staff(role)
    assert client.get(LIST).status_code == 403
    _act(client, "retry", letter)
    assert letter.state == DeadLetterState.OPEN


def test_nobody_adds_changes_or_deletes_them(letter: DeadLetter) -> None:
    client = _staff()
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}{letter.pk}/change/", {"reason": "none"}).status_code == 403
    assert client.post(f"{LIST}{letter.pk}/delete/", {"post": "yes"}).status_code == 403
    assert DeadLetter.objects.get().settled_at is None
    assert letter.created_at > NOW
