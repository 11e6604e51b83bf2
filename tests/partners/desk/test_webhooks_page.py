"""A partner's own webhooks at the desk: managers change them, viewers read the log."""

from datetime import timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from partners.domain import webhooks
from partners.enums import DeskRole
from partners.models import DeliveryState, Partner, WebhookDelivery, WebhookEndpoint, WebhookKind
from partners.views.desk import webhooks as page
from tests.factories.desk import desk_client, make_seat
from tests.factories.loyalty import make_partner, make_programme

pytestmark = pytest.mark.django_db
URL = "https://93.184.216.34/hook"


@pytest.fixture(autouse=True)
def _any_address(settings: Any) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = True


@pytest.fixture
def bakery() -> Partner:
    make_programme()
    return make_partner("bakery")


@pytest.fixture
def manager(bakery: Partner) -> Client:
    return desk_client(make_seat(bakery, DeskRole.MANAGER))


@pytest.fixture
def endpoint(bakery: Partner) -> WebhookEndpoint:
    return webhooks.create_endpoint(partner=bakery, url=URL, now=timezone.now())


def deliver(endpoint: WebhookEndpoint, state: DeliveryState, count: int = 1) -> list[WebhookDelivery]:
    now = timezone.now()
    made = [
        WebhookDelivery(
            endpoint=endpoint, event_id=1000 + number, kind=WebhookKind.ORDER_RECORDED, body='{"n": 1}', state=state, due_at=now, created_at=now, attempts=8
        )
        for number in range(WebhookDelivery.objects.count(), WebhookDelivery.objects.count() + count)
    ]
    return WebhookDelivery.objects.bulk_create(made)


def act(client: Client, endpoint: WebhookEndpoint, action: str, **values: Any) -> str:
    response = client.post(reverse("desk_webhook", args=["bakery", endpoint.pk]), {"action": action, **values}, follow=True)
    assert response.status_code == 200
    endpoint.refresh_from_db()
    return response.content.decode()


def test_an_address_is_added_with_a_secret_of_its_own(manager: Client, bakery: Partner) -> None:
    form = {"url": URL, "description": "Shop", "kinds": ["order.recorded"]}
    html = manager.post(reverse("desk_webhook_new", args=["bakery"]), form, follow=True).content.decode()
    made = WebhookEndpoint.objects.get()
    assert (made.partner, made.url, made.description, made.kinds, made.is_active) == (bakery, URL, "Shop", ["order.recorded"], True)
    assert made.secret in html
    log = str(list(LogEntry.objects.values_list("changes", flat=True)))
    assert URL in log
    assert made.secret not in log


@pytest.mark.parametrize("wrong", [{"url": ""}, {"url": "http://127.0.0.1/"}, {"url": "ftp://example.org/"}, {"url": URL, "kinds": ["webhook.test"]}])
def test_a_wrong_address_is_refused_with_a_sentence(manager: Client, wrong: dict[str, object], settings: Any) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = False
    html = manager.post(reverse("desk_webhook_new", args=["bakery"]), wrong).content.decode()
    assert 'class="err"' in html
    assert not WebhookEndpoint.objects.exists()


def test_addresses_have_an_end(manager: Client, endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "_MOST", 1)
    assert "There are 1 addresses already." in manager.post(reverse("desk_webhook_new", args=["bakery"]), {"url": URL}).content.decode()
    assert WebhookEndpoint.objects.count() == 1


def test_a_test_message_goes_out(manager: Client, endpoint: WebhookEndpoint) -> None:
    assert "A test message is on its way." in act(manager, endpoint, "test")
    assert WebhookDelivery.objects.get().kind == WebhookKind.TEST


def test_tests_have_an_end(manager: Client, endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "_SENDS", (page.Limit("desk.webhook.test", 1, 3600),))
    act(manager, endpoint, "test")
    assert "Try again in an hour." in act(manager, endpoint, "test")
    assert WebhookDelivery.objects.count() == 1


def test_a_new_secret_leaves_the_old_one_a_day(manager: Client, endpoint: WebhookEndpoint) -> None:
    old = endpoint.secret
    html = act(manager, endpoint, "rotate")
    assert (endpoint.previous_secret, endpoint.secret != old) == (old, True)
    assert endpoint.secret in html
    assert old not in html


def test_off_gives_up_what_waits_and_on_lets_it_be_sent_again(manager: Client, endpoint: WebhookEndpoint) -> None:
    deliver(endpoint, DeliveryState.PENDING)
    act(manager, endpoint, "disable")
    assert (endpoint.is_active, WebhookDelivery.objects.get().state) == (False, DeliveryState.FAILED)
    assert "switched off at the partner" in manager.get(reverse("desk_webhook", args=["bakery", endpoint.pk])).content.decode()
    assert "switch it on first" in act(manager, endpoint, "replay")
    act(manager, endpoint, "enable")
    assert "1 message is sent again." in act(manager, endpoint, "replay")
    assert (endpoint.is_active, endpoint.disabled_at, WebhookDelivery.objects.get().state) == (True, None, DeliveryState.PENDING)


def test_one_message_or_all_that_were_given_up_are_sent_again(manager: Client, endpoint: WebhookEndpoint) -> None:
    [arrived] = deliver(endpoint, DeliveryState.DELIVERED)
    deliver(endpoint, DeliveryState.FAILED, 2)
    assert "1 message is sent again." in act(manager, endpoint, "replay", message=str(arrived.uuid))
    assert "2 messages are sent again." in act(manager, endpoint, "replay")
    assert "0 messages are sent again." in act(manager, endpoint, "replay")
    assert "0 messages are sent again." in act(manager, endpoint, "replay", message="nonsense")
    assert [entry.changes for entry in LogEntry.objects.get_for_object(endpoint).filter(changes__has_key="replay").order_by("pk")] == [
        {"replay": ["", "1"]},
        {"replay": ["", "2"]},
    ]


def test_what_no_longer_fits_changes_nothing(manager: Client, endpoint: WebhookEndpoint) -> None:
    assert "Nothing was changed" in act(manager, endpoint, "enable")
    act(manager, endpoint, "disable")
    for action in ("disable", "test", "nonsense"):
        assert "Nothing was changed" in act(manager, endpoint, action)
    assert not WebhookDelivery.objects.exists()


@pytest.mark.parametrize("role", [DeskRole.VIEWER, DeskRole.EDITOR])
def test_others_read_the_log_and_change_nothing(bakery: Partner, endpoint: WebhookEndpoint, role: DeskRole) -> None:
    client = desk_client(make_seat(bakery, role))
    deliver(endpoint, DeliveryState.FAILED)
    html = client.get(reverse("desk_webhook", args=["bakery", endpoint.pk])).content.decode()
    assert "given up" in html
    assert endpoint.secret not in html
    assert "<button" not in html.replace('<button class="btn btn-s btn-line" type="submit">Show</button>', "")
    assert client.post(reverse("desk_webhook", args=["bakery", endpoint.pk]), {"action": "disable"}).status_code == 403
    assert client.get(reverse("desk_webhook_new", args=["bakery"])).status_code == 403
    assert WebhookEndpoint.objects.get().is_active


def test_another_partners_address_does_not_exist(manager: Client, bakery: Partner) -> None:
    foreign = webhooks.create_endpoint(partner=make_partner("chemist"), url=URL, now=timezone.now())
    [lost] = deliver(foreign, DeliveryState.FAILED)
    for slug in ("bakery", "chemist"):
        where = reverse("desk_webhook", args=[slug, foreign.pk])
        assert manager.get(where).status_code == 404
        assert manager.post(where, {"action": "replay", "message": str(lost.uuid)}).status_code == 404
    own = webhooks.create_endpoint(partner=bakery, url=URL, now=timezone.now())
    assert "0 messages are sent again." in act(manager, own, "replay", message=str(lost.uuid))
    lost.refresh_from_db()
    assert lost.state == DeliveryState.FAILED
    assert manager.get(reverse("desk_webhooks", args=["bakery"])).content.decode().count(URL) == 1


def test_the_log_goes_page_by_page_at_the_same_cost(manager: Client, endpoint: WebhookEndpoint) -> None:
    where = reverse("desk_webhook", args=["bakery", endpoint.pk])

    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            manager.get(path)
        return len(queries)

    deliver(endpoint, DeliveryState.DELIVERED)
    few, listed = cost(where), cost(reverse("desk_webhooks", args=["bakery"]))
    deliver(endpoint, DeliveryState.FAILED, page.PAGE + 4)
    webhooks.create_endpoint(partner=endpoint.partner, url=URL, now=timezone.now())
    assert (cost(where), cost(reverse("desk_webhooks", args=["bakery"]))) == (few, listed)
    first = manager.get(where).context
    second = manager.get(where, {"after": first["next"]}).context
    assert [len(first["rows"]), len(second["rows"])] == [page.PAGE, 5]
    assert not {row.pk for row in first["rows"]} & {row.pk for row in second["rows"]}
    assert len(manager.get(where, {"state": "delivered"}).context["rows"]) == 1
    assert len(manager.get(where, {"state": "nonsense", "after": "nonsense"}).context["rows"]) == page.PAGE


def test_the_list_says_what_fails(manager: Client, endpoint: WebhookEndpoint) -> None:
    endpoint.failing_since = timezone.now() - timedelta(hours=1)
    endpoint.save(update_fields=["failing_since"])
    deliver(endpoint, DeliveryState.FAILED, 3)
    html = manager.get(reverse("desk_webhooks", args=["bakery"])).content.decode()
    assert "fails" in html
    assert "given up: 3" in html
