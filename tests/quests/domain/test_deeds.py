"""Codes, quizzes, profiles and channels: each counts once, tries are limited."""

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Member
from accounts.models.notification import PushSubscription
from loyalty.domain import events
from loyalty.enums import EventKind
from loyalty.lib.errors import DomainError
from quests.domain import deeds
from quests.domain.backfill import backfill
from quests.domain.queries.quest_detail import quest_detail
from quests.models import Deed, Progress
from tests.factories.accounts import MemberFactory
from tests.factories.loyalty import make_member, make_programme, moment
from tests.factories.quests import make_quest

pytestmark = pytest.mark.django_db
CODES = {"codes": [{"code": "KOFE-1", "title": "Кофейня на Арбате"}, {"code": "KNIGA-2", "title": "Книжный"}]}
NOW = "2026-03-20 12:00"


def enter(member_id: int, code: str, at: str = NOW) -> Deed:
    return deeds.enter_code(member_id, "codes", code, programme=make_programme(), now=moment(at))


def refused(code: str, call: object, *args: object, **kwargs: object) -> None:
    with pytest.raises(DomainError) as error:
        call(*args, **kwargs)  # type: ignore[operator]
    assert error.value.code == code


def test_codes_count_once_each_however_they_are_typed() -> None:
    programme, member = make_programme(), make_member()
    make_quest("codes", "code", target=2, parameters=CODES)
    enter(member.pk, " kofe 1 ")
    refused("code_used", enter, member.pk, "KOFE-1", "2026-03-21 12:00")
    refused("unknown_code", enter, member.pk, "nope")
    enter(member.pk, "KNIGA-2")
    assert Progress.objects.get().rounds == 1
    detail = quest_detail(member.pk, "codes", programme=programme, now=moment(NOW))
    assert detail is not None
    assert [item.detail for item in detail.timeline if item.kind == "deed"] == ["Книжный", "Кофейня на Арбате"]


def test_a_daily_code_counts_again_on_another_business_day() -> None:
    member = make_member()
    make_quest("codes", "code", target=2, parameters={**CODES, "code_use": "daily"})
    enter(member.pk, "KOFE-1", "2026-03-20 23:59")
    refused("code_used", enter, member.pk, "KOFE-1", "2026-03-20 23:59")
    enter(member.pk, "KOFE-1", "2026-03-21 00:00")
    assert Progress.objects.get().rounds == 1


def test_a_single_code_is_the_first_members() -> None:
    first, second = make_member(), make_member()
    make_quest("codes", "code", target=1, parameters={**CODES, "code_use": "single"})
    enter(first.pk, "KOFE-1")
    refused("code_used", enter, second.pk, "KOFE-1")


def test_guessing_codes_is_limited() -> None:
    make_programme()
    member = make_member()
    make_quest("codes", "code", target=1, parameters=CODES)
    for _ in range(10):
        refused("unknown_code", enter, member.pk, "guess")
    refused("too_many_codes", enter, member.pk, "KOFE-1")


def test_a_quiz_counts_right_answers_and_each_question_is_asked_once() -> None:
    programme, member = make_programme(), make_member()
    questions = [{"id": "a", "text": "2 × 2", "choices": ["3", "4"], "right": 1}, {"id": "b", "text": "Как дела", "choices": ["да", "нет"]}]
    make_quest("quiz", "quiz", target=2, parameters={"questions": questions})

    def say(question: str, choice: int) -> bool:
        return deeds.answer(member.pk, "quiz", question, choice, programme=programme, now=moment(NOW))

    assert say("a", 0) is False
    refused("answered_before", say, "a", 1)
    refused("unknown_choice", say, "b", 2)
    refused("unknown_question", say, "c", 0)
    assert say("b", 1) is True
    assert Progress.objects.get().value == 1


def test_profiles_contacts_and_channels_are_found_without_being_told() -> None:
    make_programme()
    make_quest("profile", "profile")
    make_quest("contacts", "contact", target=2)
    make_quest("push", "channel")
    member = MemberFactory(with_login=True, birth_day=1, birth_month=2)
    MemberFactory()
    PushSubscription.objects.create(member=member, endpoint="https://push.example.org/1", p256dh="k", auth="s")
    assert deeds.sweep(now=timezone.now()) == 4
    assert deeds.sweep(now=timezone.now()) == 0
    assert {(row.quest.slug, row.member_id, row.rounds) for row in Progress.objects.select_related("quest")} == {
        ("profile", member.pk, 1),
        ("contacts", member.pk, 1),
        ("push", member.pk, 1),
    }


def test_a_friend_who_bought_counts_once_for_the_member_who_invited() -> None:
    make_programme()
    inviter, other, friend, second = (make_member() for _ in range(4))
    make_quest("friends", "friends", target=2)

    def bought(member: Member, invited: Member, at: str) -> None:
        with transaction.atomic():
            events.record([(EventKind.FRIEND_BOUGHT, member.pk, moment(at), {"friend": invited.pk, "order": 1})], now=moment(at))

    bought(inviter, friend, "2026-03-20 12:00")
    bought(inviter, friend, "2026-03-21 12:00")
    events.sweep(now=timezone.now(), only="friends")
    assert Progress.objects.get().value == 1
    # Reported again, and another friend; somebody else's friends are theirs.
    bought(inviter, friend, "2026-03-22 12:00")
    bought(inviter, second, "2026-03-23 12:00")
    bought(other, friend, "2026-03-23 12:00")
    events.sweep(now=timezone.now(), only="friends")
    rows = Progress.objects.order_by("member_id").values_list("member_id", "value", "rounds", "completed_at")
    assert list(rows) == [(inviter.pk, 2, 1, moment("2026-03-23 12:00")), (other.pk, 1, 0, None)]
    assert Deed.objects.filter(kind="friends").count() == 3


def test_deeds_that_are_older_than_the_quest_are_back_filled() -> None:
    programme, member = make_programme(), make_member()
    with transaction.atomic():
        deeds.note("friends", [(member.pk, "7", moment("2026-03-20 12:00"))], programme=programme, now=moment(NOW))
    quest = make_quest("friends", "friends")
    assert not Progress.objects.exists()
    backfill(quest.pk, now=moment("2026-03-25 12:00"))
    assert Progress.objects.get().completed_at == moment("2026-03-20 12:00")
