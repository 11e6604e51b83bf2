from datetime import date, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress

from accounts.domain.notifications import preferences, queue, reach, texts
from accounts.domain.notifications.queue import Notice
from accounts.domain.notifications.texts import Wording
from accounts.models import BadContact, Message, PushSubscription, Scenario
from accounts.models.notification import Category, Channel, Digest
from loyalty.lib.errors import DomainError
from tests.accounts.notifications.cast import NOON, SENDER, make_reachable, only, states
from tests.factories.accounts import MemberFactory

pytestmark = pytest.mark.django_db


def spent(member_id: int, *, key: str = "event:1", points: int = 120) -> Notice:
    return Notice(key, member_id, "points_spent", {"points": points, "partner": "Зерно и пар"})


def test_a_fact_is_told_once_however_often_it_comes() -> None:
    member = make_reachable()
    for _ in range(2):
        queue.tell([spent(member.pk)], sender=SENDER, now=NOON)
    assert states(member) == {"inbox": "delivered", "email": "queued"}
    assert Message.objects.count() == 2


@pytest.mark.parametrize(
    ("language", "points", "title"),
    [
        ("ru", 1, "Оплачено баллами: 1\u00a0балл"),
        ("ru", 1242, "Оплачено баллами: 1\u00a0242\u00a0балла"),
        ("ru", 11, "Оплачено баллами: 11\u00a0баллов"),
        ("en", 1, "Paid with points: 1\u00a0point"),
        ("en", 1240, "Paid with points: 1,240\u00a0points"),
    ],
)
def test_texts_are_in_the_members_language_with_its_plural_forms(language: str, points: int, title: str) -> None:
    member = make_reachable(language=language)
    queue.tell([spent(member.pk, points=points)], sender=SENDER, now=NOON)
    assert only(member, Channel.EMAIL).title == title
    assert "Зерно и пар" in only(member, Channel.INBOX).body


def test_who_has_no_log_in_hears_nothing() -> None:
    member = MemberFactory()
    assert queue.tell([spent(member.pk)], sender=SENDER, now=NOON) == 0
    assert not Message.objects.exists()


def test_marketing_needs_consent_and_stands_in_the_inbox_all_the_same() -> None:
    without, agreed = make_reachable(), make_reachable(marketing=True)
    queue.tell([Notice("birthday:2026", member.pk, "birthday") for member in (without, agreed)], sender=SENDER, now=NOON)
    assert states(without) == {"inbox": "delivered"}
    assert states(agreed) == {"inbox": "delivered", "email": "queued"}


def test_what_is_switched_off_leaves_no_row_and_what_cannot_arrive_says_why() -> None:
    member, bouncing = make_reachable(), make_reachable()
    preferences.choose(member, category=Category.POINTS_SPENT, channel=Channel.EMAIL, is_on=False, source="profile", now=NOON)
    assert bouncing.email
    BadContact.objects.create(contact=reach.contact_hash(Channel.EMAIL, bouncing.email), channel="email", reason="bounced", at=NOON)
    queue.tell([spent(member.pk), spent(bouncing.pk)], sender=SENDER, now=NOON)
    assert states(member) == {"inbox": "delivered"}
    assert states(bouncing) == {"inbox": "delivered", "email": "suppressed"}
    assert only(bouncing, Channel.EMAIL).reason == "bad_contact"


def test_security_falls_back_on_the_contact_that_is_left() -> None:
    member = make_reachable()
    preferences.choose(member, category=Category.SECURITY, channel=Channel.SMS, is_on=False, source="profile", now=NOON)
    EmailAddress.objects.filter(user=member.user).update(verified=False)
    queue.tell([Notice("event:2", member.pk, "card_blocked", {"card": "•••• 4417"})], sender=SENDER, now=NOON)
    assert states(member) == {"inbox": "delivered", "email": "suppressed", "sms": "queued"}


def test_at_night_only_security_leaves_at_once() -> None:
    member = make_reachable()
    night = NOON + timedelta(hours=12)
    queue.tell([spent(member.pk), Notice("event:2", member.pk, "card_blocked", {"card": "1"})], sender=SENDER, now=night)
    assert Message.objects.get(scenario="points_spent", channel="email").due_at == NOON + timedelta(hours=20)
    assert Message.objects.get(scenario="card_blocked", channel="email").due_at == night


def level(member_id: int, n: int) -> Notice:
    return Notice(f"event:{n}", member_id, "level_reached", {"level": "Медь", "until": "июня"})


def test_caps_hold_back_the_third_of_a_day_and_the_sixth_of_a_week() -> None:
    member = make_reachable()
    PushSubscription.objects.create(member=member, endpoint="https://push.example/1", p256dh="k", auth="a")
    queue.tell([level(member.pk, n) for n in range(3)], sender=SENDER, now=NOON)
    assert list(Message.objects.filter(channel="push").order_by("pk").values_list("state", "reason")) == [("queued", ""), ("queued", ""), ("suppressed", "cap")]
    # The inbox holds all of them.
    assert Message.objects.filter(channel="inbox", state="delivered").count() == 3
    for day in range(1, 4):
        queue.tell([level(member.pk, 10 * day + n) for n in range(2)], sender=SENDER, now=NOON + timedelta(days=day))
    assert Message.objects.filter(channel="push", state="queued").count() == 5
    queue.tell([level(member.pk, 99)], sender=SENDER, now=NOON + timedelta(days=7))
    assert Message.objects.get(event_key="event:99", channel="push").state == "queued"


def test_caps_count_days_of_the_members_own_calendar() -> None:
    """Two leave at 23:30 in Moscow; for somebody in Vladivostok that was the next morning already, so midnight UTC brings nothing new."""
    member = make_reachable()
    PushSubscription.objects.create(member=member, endpoint="https://push.example/1", p256dh="k", auth="a")
    settings = {"quiet_from": NOON.time(), "quiet_until": NOON.time(), "cap_day": 2, "cap_week": 9, "digest": Digest.OFF}
    preferences.save_settings(member, now=NOON, is_quiet=False, timezone="Asia/Vladivostok", **settings)  # type: ignore[arg-type]
    evening = NOON.replace(hour=20, minute=30)
    queue.tell([level(member.pk, n) for n in range(2)], sender=SENDER, now=evening)
    queue.tell([level(member.pk, 3)], sender=SENDER, now=evening + timedelta(hours=8))
    assert Message.objects.get(event_key="event:3", channel="push").reason == "cap"
    queue.tell([level(member.pk, 4)], sender=SENDER, now=evening + timedelta(hours=18))
    assert Message.objects.get(event_key="event:4", channel="push").state == "queued"


def test_points_are_never_capped() -> None:
    member = make_reachable()
    queue.tell([spent(member.pk, key=f"event:{n}") for n in range(9)], sender=SENDER, now=NOON)
    assert Message.objects.filter(channel="email", state="queued").count() == 9


def test_a_scenario_that_is_switched_off_tells_nobody() -> None:
    member = make_reachable()
    Scenario.objects.filter(slug="points_spent").update(is_on=False)
    queue.tell([spent(member.pk)], sender=SENDER, now=NOON)
    assert not Message.objects.exists()


def test_staff_reword_a_text_and_the_versions_stay() -> None:
    member = make_reachable()
    for turn in (1, 2):
        wording = Wording(f"Списание {turn}: {{points}}", "{partner}", "{points}", "")
        texts.reword("points_spent", language="ru", wording=wording, author=None, now=NOON)
    queue.tell([spent(member.pk)], sender=SENDER, now=NOON)
    message = only(member, Channel.EMAIL)
    assert (message.title, message.text_version) == ("Списание 2: 120\u00a0баллов", 2)
    with pytest.raises(DomainError) as refused:
        texts.reword("points_spent", language="ru", wording=Wording("{points} {level}", "", ""), author=None, now=NOON)
    assert refused.value.code == "unknown_placeholder"


def test_values_cannot_bring_placeholders_of_their_own() -> None:
    member = make_reachable(first_name="{link}")
    queue.tell([Notice("event:1", member.pk, "points_spent", {"points": 1, "partner": "{name}"})], sender=SENDER, now=NOON)
    assert "Где: {name}." in only(member, Channel.INBOX).body


def test_rows_are_in_words() -> None:
    member = make_reachable()
    notice = Notice(
        "expiring:2026-12-01",
        member.pk,
        "points_expiring",
        {"points": 3, "date": date(2026, 12, 31), "days": 30},
        [(("day", date(2026, 12, 31)), ("points", 3))],
    )
    queue.tell([notice], sender=SENDER, now=NOON)
    assert only(member, Channel.EMAIL).rows == [["31\u00a0декабря\u00a02026", "3\u00a0балла"]]


def test_telling_costs_the_same_for_one_and_for_a_hundred(django_assert_max_num_queries: Any) -> None:
    members = [make_reachable(marketing=True) for _ in range(12)]
    # Savepoint, switches and texts, six of contacts, two of wishes, caps and their lock, the rows.
    with django_assert_max_num_queries(17):
        queue.tell([Notice("birthday:2026", member.pk, "birthday") for member in members], sender=SENDER, now=NOON)
    assert Message.objects.count() == 24
