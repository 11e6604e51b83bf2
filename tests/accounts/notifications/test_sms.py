"""SMS through stand-ins of the providers that answer as their documentation says."""

import hashlib
import json
import os
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.domain.notifications import queue, sms, sms_budget, sms_text
from accounts.domain.notifications.queue import Notice
from accounts.domain.notifications.sending import Sent
from accounts.domain.notifications.sms_budget import Pool
from accounts.models import BadContact, Member, Message, ProviderState
from accounts.models.notification import Channel, Reason
from accounts.sms import base as http
from loyalty.lib.errors import DomainError
from tests.accounts.notifications.cast import NOON, SENDER, make_reachable, only
from tests.accounts.notifications.providers import Clock, Provider

pytestmark = pytest.mark.django_db
Send = Callable[..., Sent]
ALONE = {"ways": (Channel.SMS,)}
# More than any budget pays for; `make torture` asks for 10 000.
FLOOD = int(os.environ.get("FLOOD_REQUESTS") or 600)


def warn(member: Member, key: str = "event:1") -> None:
    """A security message: it goes by SMS too."""
    queue.tell([Notice(key, member.pk, "card_blocked", {"card": "•••• 4417"})], sender=SENDER, now=NOON)


@pytest.mark.parametrize(
    ("text", "is_gsm", "segments"),
    [
        ("a" * 160, True, 1),
        ("a" * 161, True, 2),
        ("a" * 306, True, 2),
        ("a" * 307, True, 3),
        ("€" * 80, True, 1),
        ("a" * 159 + "€", True, 2),
        ("ы" * 70, False, 1),
        ("ы" * 71, False, 2),
        ("ы" * 134, False, 2),
        ("ы" * 135, False, 3),
        ("😀" * 35, False, 1),
        ("😀" * 36, False, 2),
        # A part has 67 units: 33 of these and one left over, so 67 don't fit into two parts.
        ("😀" * 67, False, 3),
    ],
)
def test_parts_are_counted_as_they_are_billed(text: str, is_gsm: bool, segments: int) -> None:
    assert (sms_text.size(text).is_gsm, sms_text.size(text).segments) == (is_gsm, segments)


def test_typography_does_not_cost_a_latin_text_its_alphabet() -> None:
    assert sms_text.size(sms_text.plain("“Zheton”: 1\u00a0240 points — today…")).is_gsm


def test_smsc_takes_a_text_under_our_number(smsc: Provider, send: Send) -> None:
    member = make_reachable()
    warn(member)
    assert send(**ALONE).accepted == 1
    message = only(member, Channel.SMS)
    assert smsc.calls[0].path == "/sys/send.php"
    sent = smsc.calls[0].fields
    assert {name: sent[name] for name in ("login", "psw", "phones", "id", "fmt", "charset", "sender")} == {
        "login": "zheton",
        "psw": "secret",
        "phones": str(member.phone),
        "id": str(message.pk),
        "fmt": "3",
        "charset": "utf-8",
        "sender": "ZHETON",
    }
    assert "4417" in sent["mes"]
    assert (message.state, message.provider, message.provider_id, message.cost, message.segments) == ("sent", "smsc", str(message.pk), Decimal("3.20"), 2)


@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [
        ((200, '{"error": "message is denied", "error_code": 6, "id": 1}'), "failed", "refused"),
        ((200, '{"error": "invalid number", "error_code": 7, "id": 1}'), "failed", "refused"),
        ((200, '{"error": "can not to deliver", "error_code": 8, "id": 1}'), "failed", "refused"),
        ((200, '{"error": "duplicate request, wait a minute", "error_code": 9}'), "queued", ""),
        ((200, '{"error": "authorise error", "error_code": 2}'), "queued", ""),
        ((200, '{"error": "no money", "error_code": 3}'), "queued", ""),
        ((500, "oops"), "queued", ""),
        ((200, "<html>maintenance</html>"), "queued", ""),
        ((200, "[]"), "queued", ""),
        ((200, "{}"), "queued", ""),
        ((0, ""), "queued", ""),
    ],
)
def test_smsc_errors(smsc: Provider, send: Send, answer: tuple[int, str], state: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "READ_SECONDS", 0.2)
    smsc.answer, smsc.hang_seconds = answer, 1.0
    member = make_reachable()
    warn(member)
    send(**ALONE)
    message = only(member, Channel.SMS)
    assert (message.state, message.reason) == (state, reason)
    assert str(member.phone) not in message.error


def receipt(status: int, message: Message, *, secret: str = "callback-secret", algorithm: str = "sha1") -> dict[str, str]:
    fields = {"id": str(message.pk), "phone": "79001234567", "status": str(status), "err": "0"}
    text = f"{fields['id']}:{fields['phone']}:{fields['status']}:{secret}".encode()
    return fields | {algorithm: hashlib.new(algorithm, text).hexdigest()}


@pytest.mark.parametrize("algorithm", ["sha1", "md5"])
def test_smsc_tells_of_the_delivery(smsc: Provider, send: Send, client: Client, algorithm: str) -> None:
    member = make_reachable()
    warn(member)
    send(**ALONE)
    message = only(member, Channel.SMS)
    assert client.post("/hooks/sms/smsc/", receipt(1, message, secret="wrong", algorithm=algorithm)).status_code == 400
    assert only(member, Channel.SMS).state == "sent"
    for _ in range(2):
        assert client.post("/hooks/sms/smsc/", receipt(1, message, algorithm=algorithm)).status_code == 200
    assert only(member, Channel.SMS).state == "delivered"
    # Late word of a failure doesn't undo that.
    client.post("/hooks/sms/smsc/", receipt(20, message, algorithm=algorithm))
    assert only(member, Channel.SMS).state == "delivered"


def test_a_receipt_that_overtakes_our_own_note_counts(smsc: Provider, send: Send, client: Client) -> None:
    member = make_reachable()
    warn(member)
    Message.objects.filter(channel="sms").update(provider="smsc", provider_id=str(only(member, Channel.SMS).pk))
    client.post("/hooks/sms/smsc/", receipt(1, only(member, Channel.SMS)))
    assert only(member, Channel.SMS).state == "delivered"
    assert send(**ALONE).accepted == 0


def test_a_number_that_does_not_exist_gets_nothing_further(smsc: Provider, send: Send, client: Client) -> None:
    member = make_reachable()
    warn(member)
    send(**ALONE)
    client.post("/hooks/sms/smsc/", receipt(22, only(member, Channel.SMS)))
    assert only(member, Channel.SMS).reason == "bounced"
    assert BadContact.objects.count() == 1
    warn(member, "event:2")
    assert Message.objects.get(event_key="event:2", channel="sms").reason == "bad_contact"


def test_smsru_takes_a_text_and_tells_of_the_delivery(smsru: Provider, send: Send, client: Client) -> None:
    member = make_reachable()
    warn(member)
    assert send(**ALONE).accepted == 1
    assert smsru.calls[0].path == "/sms/send"
    assert (smsru.calls[0].fields["to"], smsru.calls[0].fields["json"]) == (str(member.phone).lstrip("+"), "1")
    message = only(member, Channel.SMS)
    assert (message.provider_id, message.cost) == ("000000-1", Decimal("2.95"))
    data = f"sms_status\n{message.provider_id}\n103\n1772452800"
    signature = hashlib.sha256(f"api-id{data}".encode()).hexdigest()
    assert client.post("/hooks/sms/smsru/", {"data[0]": data, "hash": "0" * 64}).status_code == 400
    answer = client.post("/hooks/sms/smsru/", {"data[0]": data, "hash": signature})
    assert (answer.status_code, answer.content) == (200, b"100")
    assert only(member, Channel.SMS).state == "delivered"


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ('{"status": "ERROR", "status_code": 200, "status_text": "wrong api_id"}', "queued"),
        ('{"status": "ERROR", "status_code": 220, "status_text": "try later"}', "queued"),
        ('{"status": "OK", "status_code": 100, "sms": {"%s": {"status": "ERROR", "status_code": 207}}}', "failed"),
        ('{"status": "OK", "status_code": 100, "sms": {"%s": {"status": "ERROR", "status_code": 230}}}', "queued"),
        ('{"status": "OK", "status_code": 100, "sms": {}}', "queued"),
    ],
)
def test_smsru_errors(smsru: Provider, send: Send, answer: str, state: str) -> None:
    member = make_reachable()
    smsru.answer = (200, answer.replace("%s", str(member.phone).lstrip("+")))
    warn(member)
    send(**ALONE)
    assert only(member, Channel.SMS).state == state


def test_apprise_serves_the_long_tail(settings: Any, provider: Provider, send: Send) -> None:
    settings.SMS_BACKEND = "apprise"
    settings.APPRISE_SMS_URL = f"json://{provider.url.removeprefix('http://')}/sms?+X-To={{to}}"
    member = make_reachable()
    warn(member)
    assert send(**ALONE).accepted == 1
    assert b"4417" in provider.calls[0].body
    provider.answer = (500, "")
    warn(member, "event:2")
    send(**ALONE)
    assert Message.objects.get(event_key="event:2", channel="sms").state == "queued"


def test_the_breaker_opens_for_all_and_tries_again_with_one(smsc: Provider, send: Send, clock: Clock) -> None:
    smsc.answer = (503, "")
    members = [make_reachable() for _ in range(8)]
    for _ in range(6):
        for member in members:
            warn(member)
        send(**ALONE)
        clock.pass_(seconds=40)
    calls = len(smsc.calls)
    assert calls < 12
    assert ProviderState.objects.get(pk="smsc").open_until is not None
    smsc.answer = lambda call: (200, json.dumps({"id": call.fields["id"], "cnt": 1}))
    clock.pass_(minutes=16)
    send(**ALONE)
    assert len(smsc.calls) == calls + 1 + 7
    assert ProviderState.objects.get(pk="smsc").open_until is None


def test_codes_fail_fast_while_the_breaker_is_open(smsc: Provider) -> None:
    ProviderState.objects.create(name="smsc", failures=5, open_until=NOON + timedelta(seconds=30))
    assert sms.send_code(to="+79001234567", text="1", key="k", now=NOON).is_outage
    assert not smsc.calls
    assert sms.send_code(to="+79001234567", text="1", key="k", now=NOON + timedelta(seconds=31)).is_accepted


def test_only_countries_on_the_list_get_texts(smsc: Provider) -> None:
    outcome = sms.send_code(to="+447700900123", text="1", key="k", now=NOON)
    assert (outcome.reason, smsc.calls) == (Reason.COUNTRY, [])


def test_a_messages_budget_suppresses_and_says_why(smsc: Provider, send: Send, settings: Any) -> None:
    settings.SMS_BUDGET_NUMBER = 10
    member = make_reachable()
    for n in range(3):
        warn(member, f"event:{n}")
    assert send(**ALONE).accepted == 1
    assert list(Message.objects.filter(channel="sms", state="suppressed").values_list("reason", flat=True)) == ["budget", "budget"]


def flood(phones: list[str]) -> int:
    """Codes asked for in a row, as if nothing stood before the budget: how many were sent."""
    return sum(sms.send_code(to=phone, text="Код: 123456", key=str(n), now=NOON).is_accepted for n, phone in enumerate(phones))


@pytest.fixture
def file_sms(settings: Any, tmp_path: Any) -> None:
    settings.SMS_BACKEND, settings.VAR_DIR = "file", tmp_path


def test_a_flood_against_one_number_stays_within_its_budget(file_sms: None, settings: Any) -> None:
    assert flood(["+79001234567"] * FLOOD) == settings.SMS_BUDGET_NUMBER // 4
    assert flood(["+79007654321"]) == 1


def test_a_flood_against_one_prefix_stays_within_its_budget(file_sms: None, settings: Any) -> None:
    """Members of the same range still get theirs: their numbers are proven."""
    member = make_reachable(user__phone="+79005550001")
    assert flood([f"+7900{n:07d}" for n in range(FLOOD)]) == settings.SMS_BUDGET_PREFIX // 4
    assert flood(["+79101234567", str(member.phone)]) == 2


def test_a_flood_against_all_prefixes_leaves_members_theirs(file_sms: None, settings: Any) -> None:
    member = make_reachable()
    flood([f"+7{900 + n % 100}{n:07d}" for n in range(FLOOD)])
    assert sms_budget.spent_today(NOON) == settings.SMS_BUDGET_DAY * 100 * 20 // 100
    assert flood([str(member.phone)]) == 1
    with pytest.raises(DomainError, match="used up"):
        sms_budget.reserve("+79991112233", cost=400, pool=Pool.UNKNOWN, now=NOON)
    sms_budget.reserve("+79991112233", cost=400, pool=Pool.UNKNOWN, now=NOON + timedelta(days=1))
