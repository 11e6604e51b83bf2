"""A partner's own API keys at the desk."""

import re
from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from loyalty.lib.errors import DomainError
from partners.domain import api_key
from partners.enums import DeskRole
from partners.models import ApiKey, Partner
from partners.models.api_key import Scope
from partners.views.desk import keys
from tests.factories.desk import desk_client, make_seat
from tests.factories.loyalty import make_partner, make_programme

pytestmark = pytest.mark.django_db


@pytest.fixture
def bakery() -> Partner:
    make_programme()
    return make_partner("bakery")


@pytest.fixture
def manager(bakery: Partner) -> Client:
    return desk_client(make_seat(bakery, DeskRole.MANAGER))


def shown_key(html: str) -> str:
    found = re.search(r'<code class="secret"[^>]*>([^<]+)</code>', html)
    assert found, html
    return found[1]


def make(client: Client, **values: object) -> str:
    form = {"name": "Till 1", "scopes": ["orders:write", "points:spend"], "expires_on": "", **values}
    return client.post(reverse("desk_key_new", args=["bakery"]), form).content.decode()


def test_a_key_is_made_with_its_scopes_and_last_day_and_shown_once(manager: Client, bakery: Partner) -> None:
    last = timezone.now().date() + timedelta(days=30)
    text = shown_key(make(manager, expires_on=last.isoformat()))
    key = api_key.find(text, now=timezone.now())
    assert (key.partner, key.name, key.scopes) == (bakery, "Till 1", ["orders:write", "points:spend"])
    assert key.expiry_date is not None
    assert key.expiry_date.astimezone(make_programme().zone).strftime("%Y-%m-%d %H:%M") == f"{last + timedelta(days=1)} 00:00"
    assert key.created_by is not None
    listed = manager.get(reverse("desk_keys", args=["bakery"])).content.decode()
    assert key.prefix in listed
    assert text not in listed
    assert text.partition(".")[2] not in listed
    assert LogEntry.objects.get_for_object(key).get(action=LogEntry.Action.CREATE).actor == key.created_by


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"name": "x" * 51}, {"scopes": []}, {"scopes": ["admin"]}, {"expires_on": "2020-01-01"}, {"expires_on": "soon"}]
)
def test_what_is_wrong_is_said_at_the_form(manager: Client, wrong: dict[str, object]) -> None:
    html = make(manager, **wrong)
    assert 'class="err"' in html
    assert not ApiKey.objects.exists()


def test_keys_have_an_end(manager: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "_MOST", 1)
    make(manager)
    assert "revoke one that nobody uses" in make(manager)
    assert ApiKey.objects.count() == 1


@pytest.mark.parametrize(("days", "left"), [("1", 1), ("30", 30), ("", 7), ("9999", 7), ("x", 7)])
def test_a_replaced_key_works_on_for_the_days_chosen(manager: Client, bakery: Partner, days: str, left: int) -> None:
    key, text = api_key.create(partner=bakery, name="till", scopes=[Scope.ORDERS_WRITE])
    html = manager.post(reverse("desk_key_rotate", args=["bakery", key.prefix]), {"days": days}).content.decode()
    fresh = api_key.find(shown_key(html), now=timezone.now())
    assert (fresh.scopes, fresh.name) == (key.scopes, key.name)
    assert api_key.find(text, now=timezone.now() + timedelta(days=left, seconds=-60))
    with pytest.raises(DomainError):
        api_key.find(text, now=timezone.now() + timedelta(days=left))
    again = manager.post(reverse("desk_key_rotate", args=["bakery", key.prefix]), {"days": days}, follow=True).content.decode()
    assert "This key has a successor already." in again


def test_a_revoked_key_is_refused_and_the_audit_log_says_who(manager: Client, bakery: Partner) -> None:
    key, text = api_key.create(partner=bakery, name="till", scopes=[Scope.ORDERS_WRITE])
    manager.post(reverse("desk_key_revoke", args=["bakery", key.prefix]))
    manager.post(reverse("desk_key_revoke", args=["bakery", key.prefix]))
    with pytest.raises(DomainError) as refused:
        api_key.find(text, now=timezone.now())
    assert refused.value.code == "key_revoked"
    [entry] = LogEntry.objects.get_for_object(key).filter(action=LogEntry.Action.UPDATE)
    assert (entry.changes, entry.actor is not None) == ({"revoked": ["False", "True"]}, True)


@pytest.mark.parametrize("role", [DeskRole.VIEWER, DeskRole.EDITOR])
def test_only_managers_see_keys(bakery: Partner, role: DeskRole) -> None:
    client = desk_client(make_seat(bakery, role))
    key, _text = api_key.create(partner=bakery, name="till", scopes=[Scope.ORDERS_WRITE])
    assert client.get(reverse("desk_keys", args=["bakery"])).status_code == 403
    assert client.get(reverse("desk_key_new", args=["bakery"])).status_code == 403
    for name in ("desk_key_rotate", "desk_key_revoke"):
        assert client.post(reverse(name, args=["bakery", key.prefix])).status_code == 403
    assert reverse("desk_keys", args=["bakery"]) not in client.get(reverse("desk_more", args=["bakery"])).content.decode()


def test_another_partners_key_does_not_exist(manager: Client, bakery: Partner) -> None:
    foreign, text = api_key.create(partner=make_partner("chemist"), name="theirs", scopes=[Scope.ORDERS_WRITE])
    for name in ("desk_key_rotate", "desk_key_revoke"):
        assert manager.post(reverse(name, args=["bakery", foreign.prefix])).status_code == 404
        assert manager.post(reverse(name, args=["chemist", foreign.prefix])).status_code == 404
        assert manager.get(reverse(name, args=["bakery", foreign.prefix])).status_code == 405
    assert api_key.find(text, now=timezone.now())
    assert foreign.prefix not in manager.get(reverse("desk_keys", args=["bakery"])).content.decode()
