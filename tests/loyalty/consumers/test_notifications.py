"""Events become messages: once, as long as they are news."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Message
from accounts.models.card import CardBlockReason
from accounts.models.notification import Channel
from loyalty.consumers.notifications import tell_members
from loyalty.domain import events, ledger, till
from loyalty.domain import programme as programmes
from loyalty.enums import EntryKind, EventKind
from loyalty.models import Entry, Event, Level
from tests.accounts.notifications.cast import NOON, make_reachable, only
from tests.factories.loyalty import make_partner

pytestmark = pytest.mark.django_db


def notify(*, now: datetime = NOON) -> int:
    """Hand all events to the consumer; how many messages there are."""
    tell_members(list(Event.objects.order_by("pk")), now=now)
    return Message.objects.count()


def test_points_that_can_be_spent_at_once_are_told_once() -> None:
    member = make_reachable()
    ledger.grant(member_id=member.pk, kind=EntryKind.ADJUSTMENT, points=121, programme=programmes.current(), now=NOON, key="a")
    assert notify() == notify() == 1
    assert only(member, Channel.INBOX).title == "Стали доступны: 121\u00a0балл"


def test_welcome_points_come_with_the_welcome_alone() -> None:
    member = make_reachable()
    ledger.grant(member_id=member.pk, kind=EntryKind.WELCOME, points=300, programme=programmes.current(), now=NOON, key="w")
    events.record([(EventKind.MEMBER_JOINED, member.pk, NOON, {"how": "signed_up"})] * 2, now=NOON)
    notify()
    assert list(Message.objects.filter(channel="inbox").values_list("scenario", flat=True)) == ["welcome"]


def test_what_is_no_news_notifies_nobody() -> None:
    member = make_reachable()
    events.record([(EventKind.MEMBER_JOINED, member.pk, NOON - timedelta(hours=49), {"how": "imported"})], now=NOON)
    assert notify() == 0


def test_a_blocked_card_is_told_by_every_way() -> None:
    member = make_reachable()
    card = member.cards.get()
    till.block_card(card=card, reason=CardBlockReason.LOST, now=NOON)
    assert notify() == 3
    assert only(member, Channel.SMS).body.startswith(f"Жетон: карта •••• {card.number[-4:]} заблокирована")


def test_a_spend_names_the_partner() -> None:
    member, partner = make_reachable(), make_partner("bakery")
    entry = Entry.objects.create(member=member, kind=EntryKind.REDEMPTION, points=-120, occurred_at=NOON, partner=partner)
    events.record([(EventKind.POINTS_SPENT, member.pk, NOON, {"entry": entry.pk, "kind": "redemption", "points": -120, "order": None})], now=NOON)
    notify()
    message = only(member, Channel.EMAIL)
    assert (message.title, message.category) == ("Оплачено баллами: 120\u00a0баллов", "points_spent")
    assert "Bakery" in message.body


def test_a_level_that_was_reached_or_is_at_risk_is_told_by_name() -> None:
    ru, en = make_reachable(), make_reachable(language="en")
    silver, _created = Level.objects.update_or_create(rank=3, defaults={"slug": "silver", "name_ru": "Мельхиор", "name_en": "Silver"})
    risk = {"level": silver.pk, "falls_to": 1, "at": "2026-04-30T21:00:00+00:00", "tokens_missing": 7, "turnover_missing": "0"}
    events.record([(EventKind.LEVEL_REACHED, ru.pk, NOON, {"level": silver.pk}), (EventKind.LEVEL_AT_RISK, en.pk, NOON, risk)], now=NOON)
    notify()
    assert only(ru, Channel.INBOX).title == "Ваш уровень теперь «Мельхиор»"
    assert only(en, Channel.INBOX).title == "Level “Silver”: keep it until 30\u00a0April\u00a02026"
    assert "7\u00a0tokens" in only(en, Channel.INBOX).body


def test_a_finished_quest_names_its_reward() -> None:
    member = make_reachable()
    payload = {"quest": 1, "title": "Новая линия", "completion": 1, "tokens": 3, "points": 51}
    events.record([(EventKind.QUEST_COMPLETED, member.pk, NOON, payload)], now=NOON)
    notify()
    message = only(member, Channel.INBOX)
    assert (message.title, message.body) == ("Квест выполнен: Новая линия", "Ваша награда: 3\u00a0жетона, 51\u00a0балл.")


def test_a_finished_quest_is_called_as_the_member_reads() -> None:
    ru, en = make_reachable(), make_reachable(language="en")
    titles = {"ru": "Новая линия", "en": "New line", "lv": "Jauna līnija"}
    payload = {"quest": 1, "title": "Новая линия", "titles": titles, "completion": 1, "tokens": 3, "points": 51}
    events.record([(EventKind.QUEST_COMPLETED, member.pk, NOON, payload) for member in (ru, en)], now=NOON)
    notify()
    assert only(ru, Channel.INBOX).title == "Квест выполнен: Новая линия"
    assert only(en, Channel.INBOX).title == "Quest finished: New line"


def test_a_level_without_a_name_in_the_members_language_has_that_of_the_first() -> None:
    member = make_reachable(language="en")
    level, _created = Level.objects.update_or_create(
        rank=3, defaults={"slug": "silver", "name_ru": "", "name_en": "", "name_ro": "Argint", "name_lv": "Sudrabs"}
    )
    events.record([(EventKind.LEVEL_REACHED, member.pk, NOON, {"level": level.pk})], now=NOON)
    notify()
    assert "Argint" in only(member, Channel.INBOX).title


def test_a_batch_costs_the_same_however_large(django_assert_max_num_queries: Any) -> None:
    for n in range(10):
        ledger.grant(member_id=make_reachable().pk, kind=EntryKind.ADJUSTMENT, points=5, programme=programmes.current(), now=NOON, key=str(n))
    with django_assert_max_num_queries(16):
        assert notify() == 10
