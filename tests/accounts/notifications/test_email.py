"""Mails over SMTP to a real server, parsed back."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.domain.notifications import preferences, queue
from accounts.domain.notifications.queue import Notice
from accounts.domain.notifications.sending import Sent
from accounts.models import BadContact, Message, NotificationChoice
from accounts.models.notification import Category, Channel, Digest
from tests.accounts.notifications.cast import NOON, SENDER, make_reachable, only
from tests.accounts.notifications.providers import Clock, MailServer

pytestmark = pytest.mark.django_db
Send = Callable[..., Sent]


def tell(member: Any, scenario: str = "points_spent", key: str = "event:1", **values: Any) -> None:
    given = values or {"points": 1240, "partner": "<b>Зерно</b> & пар"}
    queue.tell([Notice(key, member.pk, scenario, given)], sender=SENDER, now=NOON)


def test_a_mail_is_html_and_text_in_the_brands_look(smtp: MailServer, send: Send) -> None:
    member = make_reachable()
    tell(member)
    assert send().accepted == 1
    mail = smtp.received[0]
    assert (mail["To"], mail["Subject"].strip(), mail["Auto-Submitted"]) == (member.email, "Оплачено баллами: 1\u00a0240\u00a0баллов", "auto-generated")
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    html = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "<b>Зерно</b> & пар" in text
    assert "&lt;b&gt;Зерно&lt;/b&gt; &amp; пар" in html
    # The brand's colour stands inline: no style sheet is left that a mail program would drop.
    assert "background-color: #14453a" in html
    assert "<style" not in html
    assert "%%" not in html + text
    assert re.search(r'href="https://points\.example\.org/go/[\w:-]+/"', html)
    assert only(member, Channel.EMAIL).state == "sent"


def test_one_click_leaves_the_category_and_a_get_changes_nothing(smtp: MailServer, send: Send) -> None:
    member = make_reachable()
    tell(member)
    send()
    mail = smtp.received[0]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = str(mail["List-Unsubscribe"]).strip().strip("<>").removeprefix(SENDER.site_url)
    client = Client(enforce_csrf_checks=True)
    asked = client.get(address)
    assert (asked.status_code, NotificationChoice.objects.count()) == (200, 0)
    assert "Больше не присылать" in asked.content.decode()
    done = client.post(address, {"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200
    choice = NotificationChoice.objects.get()
    assert (choice.category, choice.channel, choice.is_on, choice.source) == ("points_spent", "email", False, "unsubscribe")
    assert client.post(address).status_code == 200
    tell(member, key="event:2")
    assert send().accepted == 0


@pytest.mark.parametrize("token", ["x", "WzEsICJvZmZlcnMiXQ:bad", "W10:aaaa"])
def test_a_link_that_we_did_not_write_leaves_nothing(client: Client, token: str) -> None:
    assert client.post(f"/unsubscribe/{token}/").status_code == 404
    assert not NotificationChoice.objects.exists()


def test_service_mails_cannot_be_left(smtp: MailServer, send: Send) -> None:
    member = make_reachable()
    tell(member, "welcome", "welcome", none="")
    send()
    assert smtp.received[0]["List-Unsubscribe"] is None


def test_the_link_of_a_mail_is_noted_and_stays_on_this_site(smtp: MailServer, send: Send, client: Client) -> None:
    member = make_reachable()
    tell(member)
    send()
    html = smtp.received[0].get_body(("html",)).get_content()  # type: ignore[union-attr]
    link = re.search(r"https://points\.example\.org(/go/[^\"]+)", html)
    assert link
    answer = client.get(link[1])
    assert (answer.status_code, answer["Location"]) == (302, "/history/")
    assert only(member, Channel.EMAIL).clicked_at is not None
    assert only(member, Channel.INBOX).read_at is not None
    Message.objects.update(url="//evil.example/")
    assert client.get(link[1])["Location"] == "/"
    assert client.get("/go/1:forged/")["Location"] == "/"


def test_an_address_that_the_server_refuses_for_good_gets_nothing_further(smtp: MailServer, send: Send) -> None:
    member, other = make_reachable(), make_reachable()
    smtp.refuses[str(member.email)] = "550 No such user"
    tell(member)
    tell(other)
    send()
    assert (only(member, Channel.EMAIL).state, only(member, Channel.EMAIL).reason) == ("failed", "bounced")
    assert only(other, Channel.EMAIL).state == "sent"
    assert BadContact.objects.count() == 1
    tell(member, key="event:2")
    assert Message.objects.get(event_key="event:2", channel="email").reason == "bad_contact"


def test_a_refusal_for_now_is_tried_again(smtp: MailServer, send: Send, clock: Clock) -> None:
    member = make_reachable()
    smtp.refuses[str(member.email)] = "451 Greylisted"
    tell(member)
    send()
    assert (only(member, Channel.EMAIL).state, only(member, Channel.EMAIL).attempts) == ("queued", 1)
    smtp.refuses.clear()
    clock.pass_(seconds=40)
    assert send().accepted == 1
    assert not BadContact.objects.exists()


def test_a_mail_server_that_is_down_loses_nothing_and_is_given_up_in_the_end(settings: Any, send: Send, clock: Clock) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    member = make_reachable()
    preferences.save_settings(member, now=NOON, is_quiet=False, quiet_from=NOON.time(), quiet_until=NOON.time(), cap_day=2, cap_week=5, digest=Digest.OFF)
    tell(member)
    for hours in (0, 0.02, 0.05, 0.3, 2, 8):
        clock.pass_(hours=hours)
        send()
    message = only(member, Channel.EMAIL)
    assert (message.state, message.reason, message.attempts) == ("failed", "gave_up", 6)


def test_staff_have_a_dead_message_tried_again(smtp: MailServer, send: Send, clock: Clock) -> None:
    from accounts.domain.notifications import sending

    member = make_reachable()
    tell(member)
    Message.objects.filter(channel="email").update(state="failed", reason="gave_up", attempts=6)
    assert sending.retry([only(member, Channel.EMAIL).pk], now=NOON) == 1
    assert send().accepted == 1
    assert len(smtp.received) == 1


def test_a_message_whose_member_changed_their_mind_stays(smtp: MailServer, send: Send) -> None:
    member, agreed = make_reachable(), make_reachable(marketing=True)
    tell(member)
    queue.tell([Notice("birthday:2026", agreed.pk, "birthday")], sender=SENDER, now=NOON)
    preferences.choose(member, category=Category.POINTS_SPENT, channel=Channel.EMAIL, is_on=False, source="profile", now=NOON)
    preferences.set_consent(agreed, given=False, version="1", source="profile", now=NOON)
    assert send().accepted == 0
    assert [only(one, Channel.EMAIL).reason for one in (member, agreed)] == ["preference", "consent"]
    assert not smtp.received


def test_what_is_late_into_the_night_waits_for_the_morning(smtp: MailServer, send: Send, clock: Clock) -> None:
    tell(make_reachable())
    clock.pass_(hours=12)
    assert send().accepted == 0
    clock.pass_(hours=7, minutes=59)
    assert send().accepted == 0
    clock.pass_(minutes=1)
    assert send().accepted == 1


def test_what_comes_days_late_is_of_no_use(smtp: MailServer, send: Send, clock: Clock) -> None:
    member = make_reachable()
    tell(member)
    clock.pass_(days=3, hours=1)
    assert send().accepted == 0
    assert only(member, Channel.EMAIL).reason == "stale"


def test_a_digest_gathers_a_day_into_one_mail(smtp: MailServer, send: Send, clock: Clock) -> None:
    from accounts.domain.notifications import digests

    member = make_reachable()
    preferences.save_settings(
        member, now=NOON, is_quiet=True, quiet_from=NOON.time().replace(22), quiet_until=NOON.time().replace(8), cap_day=2, cap_week=5, digest=Digest.DAILY
    )
    for n in range(3):
        tell(member, key=f"event:{n}")
    assert (digests.assemble(sender=SENDER, now=NOON), send().accepted) == (0, 0)
    clock.pass_(hours=21)
    for _ in range(2):
        digests.assemble(sender=SENDER, now=clock())
        send()
    assert [mail["Subject"].strip() for mail in smtp.received] == ["Жетон: 3\u00a0сообщения"]
    assert set(Message.objects.filter(scenario="points_spent", channel="email").values_list("state", "reason")) == {("sent", "digest")}


def test_a_repetition_can_be_told_by_its_message_id(smtp: MailServer, send: Send, clock: Clock) -> None:
    """A worker that died inside the call sends again when its claim has lapsed: under the same name."""
    member = make_reachable()
    tell(member)
    send()
    Message.objects.filter(channel="email").update(state="queued")
    clock.pass_(seconds=121)
    send()
    first, second = smtp.received
    assert first["Message-ID"] == second["Message-ID"] == only(member, Channel.EMAIL).provider_id


def test_a_providers_rate_is_kept(smtp: MailServer, send: Send, clock: Clock, settings: Any) -> None:
    settings.EMAIL_PER_SECOND = 4.0
    for _ in range(12):
        tell(make_reachable())
    began = clock()
    assert send().accepted == 12
    assert timedelta(seconds=2) <= clock() - began <= timedelta(seconds=2.5)
