"""Web push to a local service; the browser's side decrypts."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.domain.notifications import push, queue
from accounts.domain.notifications.queue import Notice
from accounts.domain.notifications.sending import Sent
from accounts.models import Member, PushSubscription
from accounts.models.notification import Channel
from loyalty.lib.errors import DomainError
from tests.accounts.notifications.cast import NOON, SENDER, make_reachable, only
from tests.accounts.notifications.providers import Browser, Provider

pytestmark = pytest.mark.django_db
Browsers = Callable[[str], Browser]
ALONE = {"ways": (Channel.PUSH,)}


def allow(member: Member, browser: Browser) -> None:
    push.subscribe(member, endpoint=browser.endpoint, p256dh=browser.p256dh, auth=browser.auth, device="Chrome", now=NOON)


def tell(member: Member, key: str = "event:1") -> None:
    queue.tell([Notice(key, member.pk, "points_available", {"points": 240})], sender=SENDER, now=NOON)


def test_a_browser_reads_what_was_pushed(browser_push: Browsers, provider: Provider, send: Callable[..., Sent]) -> None:
    member, browser = make_reachable(), browser_push("one")
    allow(member, browser)
    tell(member)
    assert send(**ALONE).accepted == 1
    call = provider.calls[0]
    read = browser.read(call)
    assert (read["title"], read["tag"], read["lang"]) == ("Стали доступны: 240\u00a0баллов", f"m{only(member, Channel.PUSH).pk}", "ru")
    assert read["url"].startswith("https://points.example.org/go/")
    assert call.headers["authorization"].startswith("vapid t=")
    assert int(call.headers["ttl"]) == 2 * 24 * 3600
    assert only(member, Channel.PUSH).state == "sent"


def test_a_browser_that_is_gone_is_forgotten_and_the_other_still_hears(browser_push: Browsers, provider: Provider, send: Callable[..., Sent]) -> None:
    member, gone, here = make_reachable(), browser_push("gone"), browser_push("here")
    allow(member, gone)
    allow(member, here)
    provider.answer = lambda call: (410 if call.path == "/gone" else 201, "")
    tell(member)
    assert send(**ALONE).accepted == 1
    assert list(PushSubscription.objects.values_list("endpoint", flat=True)) == [here.endpoint]
    provider.answer = (404, "")
    tell(member, "event:2")
    send(**ALONE)
    assert not PushSubscription.objects.exists()


@pytest.mark.parametrize(("status", "state"), [(503, "queued"), (429, "queued"), (413, "failed"), (403, "failed")])
def test_errors_of_the_push_service(browser_push: Browsers, provider: Provider, send: Callable[..., Sent], status: int, state: str) -> None:
    member = make_reachable()
    allow(member, browser_push("one"))
    provider.answer = (status, "")
    tell(member)
    send(**ALONE)
    assert only(member, Channel.PUSH).state == state


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://evil.example/push",
        "http://fcm.googleapis.com/x",
        "https://127.0.0.1/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://fcm.googleapis.com:8443/x",
        "ftp://x",
    ],
)
def test_nobody_makes_us_call_other_addresses(settings: Any, endpoint: str) -> None:
    settings.VAPID_PRIVATE_KEY = push.new_private_key()
    browser = Browser(endpoint)
    with pytest.raises(DomainError) as refused:
        allow(make_reachable(), browser)
    assert refused.value.code == "bad_subscription"


def test_a_browser_belongs_to_who_used_it_last(browser_push: Browsers) -> None:
    one, other, browser = make_reachable(), make_reachable(), browser_push("shared")
    allow(one, browser)
    allow(other, browser)
    assert PushSubscription.objects.get().member == other
    assert not push.unsubscribe(one, endpoint=browser.endpoint)
    assert push.unsubscribe(other, endpoint=browser.endpoint)


def test_the_oldest_of_too_many_browsers_gives_way(browser_push: Browsers) -> None:
    member = make_reachable()
    for n in range(push.MOST_DEVICES + 1):
        allow(member, browser_push(str(n)))
    assert len(push.devices(member)) == push.MOST_DEVICES


def test_without_a_key_push_is_off(settings: Any) -> None:
    settings.VAPID_PRIVATE_KEY = ""
    assert push.public_key() == ""
    with pytest.raises(DomainError, match="not set up"):
        allow(make_reachable(), Browser("https://fcm.googleapis.com/x"))


def test_a_fresh_key_has_a_public_half(settings: Any) -> None:
    settings.VAPID_PRIVATE_KEY = push.new_private_key()
    assert len(push.public_key()) == 87
