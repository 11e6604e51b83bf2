"""What staff do about messages in the admin: failed ones, switches, days before, a test to oneself. And what goes first."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from zeal import zeal_ignore

from accounts.domain.notifications import queue, texts
from accounts.domain.notifications.queue import Notice
from accounts.domain.notifications.sending import Sent
from accounts.models import Message, Scenario
from accounts.models.notification import Channel
from tests.accounts.notifications.cast import NOON, SENDER, make_reachable, only
from tests.accounts.notifications.providers import MailServer
from tests.factories.staff import make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def marketing(client: Client) -> Client:
    """The browser of somebody in marketing."""
    client.force_login(make_staff("marketing"), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def spent(member: Any, key: str = "event:1") -> Notice:
    return Notice(key, member.pk, "points_spent", {"points": 120, "partner": "Зерно и пар"})


def test_a_dead_letter_is_found_in_the_admin_and_sent_once_more(client: Client, smtp: MailServer, send: Callable[..., Sent]) -> None:
    client.force_login(make_staff("administrator"), backend="allauth.account.auth_backends.AuthenticationBackend")
    member = make_reachable()
    queue.tell([spent(member)], sender=SENDER, now=NOON)
    dead = only(member, Channel.EMAIL)
    Message.objects.filter(pk=dead.pk).update(state="failed", reason="gave_up", attempts=6, error="SMTPServerDisconnected")
    page = "/admin/accounts/message/"
    assert f"{page}{dead.pk}/change/" in client.get(page, {"state__exact": "failed"}).content.decode()
    assert "SMTPServerDisconnected" in client.get(f"{page}{dead.pk}/change/").content.decode()
    client.post(page, {"action": "send_again", "_selected_action": [str(dead.pk)]})
    dead.refresh_from_db()
    assert (dead.state, dead.attempts) == ("queued", 0)
    Message.objects.filter(pk=dead.pk).update(due_at=NOON, planned_at=NOON)
    assert send().accepted == 1


def test_a_scenario_is_switched_off_and_on(marketing: Client) -> None:
    slugs = list(Scenario.objects.order_by("slug").values_list("slug", flat=True))
    form: dict[str, str] = {"form-TOTAL_FORMS": str(len(slugs)), "form-INITIAL_FORMS": str(len(slugs)), "_save": "1"}
    for n, slug in enumerate(slugs):
        form |= {f"form-{n}-slug": slug} | ({f"form-{n}-is_on": "on"} if slug != "points_spent" else {})
    # Django's admin looks each of the edited rows up by itself.
    with zeal_ignore():
        assert marketing.post("/admin/accounts/scenario/", form).status_code == 302
    member = make_reachable()
    queue.tell([spent(member)], sender=SENDER, now=NOON)
    assert not Message.objects.exists()
    form[f"form-{slugs.index('points_spent')}-is_on"] = "on"
    with zeal_ignore():
        marketing.post("/admin/accounts/scenario/", form)
    queue.tell([spent(member)], sender=SENDER, now=NOON)
    assert Message.objects.count() == 2


def test_the_days_before_are_set_where_a_scenario_has_them(marketing: Client) -> None:
    assert "days_before" not in marketing.get("/admin/accounts/scenario/points_spent/change/").content.decode()
    page = "/admin/accounts/scenario/quest_ending/change/"
    assert "days_before" in marketing.get(page).content.decode()
    texts_of = {"texts-TOTAL_FORMS": "0", "texts-INITIAL_FORMS": "0"}
    assert texts.days_before("quest_ending") == 3
    assert marketing.post(page, {"is_on": "on", "days_before": "31", **texts_of}).status_code == 200
    assert marketing.post(page, {"is_on": "on", "days_before": "5", **texts_of}).status_code == 302
    assert texts.days_before("quest_ending") == 5


def test_a_test_goes_to_oneself_and_is_recorded_nowhere(marketing: Client, smtp: MailServer) -> None:
    words = {"language": "ru", "title": "Списано {points}", "body": "{partner}", "sms": "{points}", "button": "Смотреть", "test": "1"}
    marketing.post("/admin/accounts/scenario/points_spent/reword/", words)
    [mail] = smtp.received
    assert mail["Subject"].strip() == "Списано 120\u00a0баллов"
    assert mail["List-Unsubscribe"] is None
    assert not Message.objects.exists()


def test_security_goes_before_everything_and_marketing_last(smtp: MailServer, send: Callable[..., Sent]) -> None:
    member = make_reachable(marketing=True)
    facts = {"birthday": (NOON - timedelta(minutes=9), {}), "points_spent": (NOON, {"points": 1, "partner": "x"}), "card_blocked": (NOON, {"card": "1"})}
    for scenario, (at, values) in facts.items():
        queue.tell([Notice(scenario, member.pk, scenario, values)], sender=SENDER, now=at)
    send(ways=(Channel.EMAIL,))
    assert [str(mail["Subject"]).split()[0] for mail in smtp.received] == ["Карта", "Оплачено", "С"]


def test_a_worker_in_the_middle_of_marketing_gives_way(smtp: MailServer, send: Callable[..., Sent], monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks while it sends; what it gives back has not been tried."""
    from accounts.domain.notifications import sending
    from accounts.domain.notifications.channels.email import EmailSending

    monkeypatch.setattr(sending, "_LOOK_EVERY", 0.0)
    members = [make_reachable(marketing=True) for _ in range(4)]
    queue.tell([Notice("birthday:2026", member.pk, "birthday") for member in members], sender=SENDER, now=NOON)
    # By e-mail alone: what waits on another way would call this worker again and again.
    urgent = make_reachable(user__phone_verified=False)
    taken = EmailSending.send

    def tells_meanwhile(self: Any, message: Message, *args: Any, **options: Any) -> Any:
        if len(smtp.received) == 0:
            queue.tell([Notice("event:1", urgent.pk, "card_blocked", {"card": "1"})], sender=SENDER, now=NOON)
        return taken(self, message, *args, **options)

    monkeypatch.setattr(EmailSending, "send", tells_meanwhile)
    assert send(ways=(Channel.EMAIL,)).accepted == 5
    assert [str(mail["To"]) for mail in smtp.received].index(str(urgent.email)) == 1
    assert set(Message.objects.filter(scenario="birthday", channel="email").values_list("attempts", flat=True)) == {1}
