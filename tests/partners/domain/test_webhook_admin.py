"""Webhooks in admin: made, checked, tested, rotated, enabled and replayed, with secrets out of sight and of the log."""

import re
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.utils import timezone

from loyalty.domain import programme
from partners.models import DeliveryState, Partner, WebhookDelivery, WebhookEndpoint
from tests.factories.accounts import StaffFactory
from tests.partners.domain.webhook_cast import make_deliveries, make_endpoint

pytestmark = pytest.mark.django_db
URL = "https://partner.example/hook"
LIST, MESSAGES = "/admin/partners/webhookendpoint/", "/admin/partners/webhookdelivery/"


def _staff(*permissions: str, role: str | None = None) -> Client:
    user = StaffFactory.create(is_superuser=False)
    programme.install_roles()
    if role:
        user.groups.add(Group.objects.get(name=role))
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def admin() -> Client:
    return _staff(role=programme.ADMINISTRATOR)


@pytest.fixture
def endpoint() -> WebhookEndpoint:
    return make_endpoint(URL)


def _form(partner: Partner, **values: Any) -> dict[str, Any]:
    return {"partner": partner.pk, "url": URL, "description": "", "is_active": "on", **values}


def test_a_new_webhook_gets_a_secret_that_the_log_never_sees(admin: Client) -> None:
    partner = Partner.objects.create(slug="bakery", name="Bakery")
    response = admin.post(f"{LIST}add/", _form(partner, kinds=["order.recorded"]))
    assert response.status_code == 302
    made = WebhookEndpoint.objects.get()
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", made.secret)
    assert (made.kinds, made.is_active) == (["order.recorded"], True)
    assert made.secret in admin.get(f"{LIST}{made.pk}/change/").content.decode()
    entries = LogEntry.objects.get_for_object(made)
    assert entries.exists()
    assert made.secret not in repr([entry.changes for entry in entries])


@pytest.mark.parametrize("url", ["http://partner.example/", "https://127.0.0.1/", "https://user:pass@partner.example/", "https://10.0.0.1:8443/x"])
def test_an_address_that_may_not_be_called_is_refused_with_the_reason(admin: Client, url: str) -> None:
    partner = Partner.objects.create(slug="bakery", name="Bakery")
    response = admin.post(f"{LIST}add/", _form(partner, url=url))
    assert response.status_code == 200
    assert response.context["adminform"].form.errors["url"]
    assert not WebhookEndpoint.objects.exists()


def test_who_may_only_look_doesnt_see_the_secret(endpoint: WebhookEndpoint) -> None:
    page = _staff("view_webhookendpoint").get(f"{LIST}{endpoint.pk}/change/")
    assert page.status_code == 200
    assert endpoint.secret not in page.content.decode()


def test_rotating_keeps_the_old_secret_for_a_day(admin: Client, endpoint: WebhookEndpoint) -> None:
    admin.post(LIST, {"action": "rotate_secrets", "_selected_action": [endpoint.pk]})
    old = endpoint.secret
    endpoint.refresh_from_db()
    assert endpoint.secret != old == endpoint.previous_secret
    assert endpoint.previous_secret_until is not None
    assert endpoint.previous_secret_until > timezone.now()
    assert old not in repr([entry.changes for entry in LogEntry.objects.get_for_object(endpoint)])


def test_switching_on_a_disabled_webhook_forgives_it_and_leaves_a_workers_claim(admin: Client, endpoint: WebhookEndpoint) -> None:
    now = timezone.now()
    WebhookEndpoint.objects.update(is_active=False, disabled_at=now, disabled_reason="410", failures=9, failing_since=now, claimed_until=now)
    assert admin.post(f"{LIST}{endpoint.pk}/change/", _form(endpoint.partner)).status_code == 302
    endpoint.refresh_from_db()
    assert (endpoint.is_active, endpoint.disabled_at, endpoint.disabled_reason, endpoint.failures) == (True, None, "", 0)
    assert endpoint.claimed_until == now


def test_a_test_message_and_a_replay_are_on_their_way(admin: Client, endpoint: WebhookEndpoint) -> None:
    admin.post(LIST, {"action": "send_test", "_selected_action": [endpoint.pk]})
    sent = WebhookDelivery.objects.get()
    WebhookDelivery.objects.update(state=DeliveryState.FAILED, attempts=8, error="answered 500")
    admin.post(MESSAGES, {"action": "replay", "_selected_action": [sent.pk]})
    sent.refresh_from_db()
    assert (sent.state, sent.attempts, sent.error) == (DeliveryState.PENDING, 0, "")
    WebhookDelivery.objects.update(state=DeliveryState.FAILED)
    admin.post(LIST, {"action": "replay_given_up", "_selected_action": [endpoint.pk]})
    sent.refresh_from_db()
    assert sent.state == DeliveryState.PENDING
    assert LogEntry.objects.get_for_object(endpoint).filter(changes__replay=["", "1"]).count() == 2


def test_messages_are_read_with_what_went_wrong(admin: Client, endpoint: WebhookEndpoint) -> None:
    (delivery,) = make_deliveries(endpoint)
    WebhookDelivery.objects.update(error="the connection was refused", state=DeliveryState.FAILED)
    assert "the connection was refused" in admin.get(MESSAGES).content.decode()
    assert delivery.message_id in admin.get(f"{MESSAGES}{delivery.pk}/change/").content.decode()


@pytest.mark.parametrize("role", [programme.SUPPORT, programme.MARKETING, programme.FINANCE, programme.CATALOGUE_EDITOR])
def test_other_roles_see_none_of_it(endpoint: WebhookEndpoint, role: str) -> None:
    client = _staff(role=role)
    assert client.get(LIST).status_code == 403
    assert client.get(MESSAGES).status_code == 403
    client.post(LIST, {"action": "rotate_secrets", "_selected_action": [endpoint.pk]})
    old = endpoint.secret
    endpoint.refresh_from_db()
    assert endpoint.secret == old


def test_nothing_is_deleted(admin: Client, endpoint: WebhookEndpoint) -> None:
    assert admin.post(f"{LIST}{endpoint.pk}/delete/", {"post": "yes"}).status_code == 403
    admin.post(LIST, {"action": "delete_selected", "_selected_action": [endpoint.pk], "post": "yes"})
    assert WebhookEndpoint.objects.exists()
