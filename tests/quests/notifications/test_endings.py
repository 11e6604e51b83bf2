"""“A quest ends soon”: sent once, to who has begun it and can still finish it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.domain.notifications import preferences
from accounts.models import Member, Message, Scenario
from accounts.models.notification import Category, Channel
from loyalty.domain.outreach import reminders
from loyalty.models import Level
from quests.domain import endings
from quests.enums import Recurrence, Starts
from quests.models import Progress, Quest
from quests.triggers.weeks import week_number
from tests.accounts.notifications.cast import make_reachable, only, states
from tests.factories.levels import make_ladder
from tests.factories.loyalty import moment
from tests.factories.quests import make_quest

pytestmark = pytest.mark.django_db
# A Monday, 9:30 in Moscow. Three days on is Thursday, 5 March.
MORNING = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
END = "2026-03-06 00:00"


def begin(quest: Quest, member: Member, value: object = 1, *, end: str | None = END, start: str = "2026-02-01 00:00", **values: Any) -> Progress:
    """A member's way in a window."""
    return Progress.objects.create(
        quest=quest, member=member, window_start=moment(start), window_end=moment(end) if end else None, value=Decimal(str(value)), **values
    )


def run(now: datetime = MORNING) -> int:
    cache.clear()
    return reminders.send_reminders(now=now, pages={"quest_endings": endings.page}).get("quest_endings", 0)


def test_who_has_begun_hears_once_what_is_left_and_until_when() -> None:
    ru, en = make_reachable(), make_reachable(language="en")
    quest = make_quest(target=5, title_ru="Пять партнёров", title_en="Five partners", summary_ru="Покупки у разных.", reward_points=51)
    for member in (ru, en):
        begin(quest, member, 4)
    assert run() == 2
    for hours in (1, 8, 24, 36):
        run(MORNING + timedelta(hours=hours))
    message = only(ru, Channel.INBOX)
    assert (message.title, message.url) == ("Квест «Пять партнёров» закончится 5\u00a0марта\u00a02026", "/quests/quest/")
    assert message.body == "Покупки у разных\n\nОсталось: 1 из 5. Награда: 3\u00a0жетона, 51\u00a0балл."
    assert only(en, Channel.INBOX).title == "Quest “Five partners” ends 5\u00a0March\u00a02026"
    assert Message.objects.filter(scenario="quest_ending", channel="inbox").count() == 2


def test_money_is_written_as_money() -> None:
    member = make_reachable()
    begin(make_quest(trigger="amount", target=5000), member, "3249.50")
    run()
    assert "Осталось: 1\u00a0750,50\u00a0₽ из 5\u00a0000\u00a0₽" in only(member, Channel.INBOX).body


@pytest.mark.parametrize(
    ("values", "notified"),
    [
        ({}, 1),
        ({"value": 0}, 0),  # not begun
        ({"value": 0, "taken_at": MORNING - timedelta(days=9)}, 1),
        ({"value": 3, "rounds": 1, "completed_at": MORNING}, 0),
        ({"end": None}, 0),
        ({"end": "2026-03-07 00:00"}, 0),  # a day too far
        ({"end": "2026-03-05 00:00"}, 1),  # yesterday's run was missed
        ({"end": "2026-03-04 00:00"}, 0),
        ({"start": "2026-03-02 08:00"}, 0),  # taken today: the page has just said how long it lasts
    ],
)
def test_only_who_is_on_the_way_and_in_time_hears(values: dict[str, Any], notified: int) -> None:
    begin(make_quest(target=3), make_reachable(), **values)
    assert run() == notified


def test_the_days_before_are_a_setting_of_the_scenario() -> None:
    Scenario.objects.filter(pk="quest_ending").update(days_before=7)
    member = make_reachable()
    begin(make_quest(target=3), member, end="2026-03-10 00:00")
    begin(make_quest("other", target=3), member)
    assert run() == 1
    assert only(member, Channel.INBOX).title.endswith("закончится 9\u00a0марта\u00a02026")


def test_each_window_is_told_by_itself() -> None:
    member = make_reachable()
    quest = make_quest(target=3, recurrence=Recurrence.EVERY_PERIOD, period="week")
    begin(quest, member, start="2026-03-02 00:00", end="2026-03-09 00:00")
    begin(quest, member, start="2026-03-09 00:00", end="2026-03-16 00:00")
    for day in range(14):
        run(MORNING + timedelta(days=day))
    assert Message.objects.filter(scenario="quest_ending", channel="inbox", member=member).count() == 2


@pytest.mark.parametrize(("days", "notified"), [(1, 0), (2, 0), (3, 0), (10, 1)])
def test_a_window_of_a_few_days_needs_no_reminder_on_the_day_it_is_taken(days: int, notified: int) -> None:
    quest = make_quest(target=3, starts=Starts.TAKEN, personal_days=days)
    end = MORNING.date() + timedelta(days=4)
    start = end - timedelta(days=days + 1)
    begin(quest, make_reachable(), 0, start=f"{start} 09:00", end=f"{end} 00:00", taken_at=moment(f"{start} 09:00"))
    assert run() == notified


def test_wishes_are_kept() -> None:
    member, silent = make_reachable(), make_reachable()
    preferences.choose(member, category=Category.LEVEL_AND_QUESTS, channel=Channel.EMAIL, is_on=True, source="profile", now=MORNING)
    quest = make_quest(target=3)
    for one in (member, silent):
        begin(quest, one)
    run()
    assert states(member) == {"inbox": "delivered", "email": "queued"}
    assert states(silent) == {"inbox": "delivered"}
    Scenario.objects.filter(pk="quest_ending").update(is_on=False)
    begin(make_quest("other", target=3), member)
    run()
    assert Message.objects.filter(scenario="quest_ending", channel="inbox").count() == 2


def test_what_can_no_longer_be_finished_is_not_told() -> None:
    member = make_reachable(birth_month=7, birth_day=1)
    this_week = week_number(MORNING.date())
    hopeless = [
        begin(make_quest("draft", target=3, is_published=False), member),
        begin(make_quest("given-away", target=3, winners_cap=1, winners=1), member),
        # Sundays: there is none before Thursday.
        begin(make_quest("sundays", "hours", target=3, parameters={"weekdays": [6]}), member),
        begin(make_quest("birthday", "birthday", target=3), member),
        # Two weeks are missing, and only this one is left; and a run that the last week broke.
        begin(make_quest("weeks", "weeks", target=4), member, 2, last_key=this_week - 1),
        begin(make_quest("broken", "weeks", target=4), member, 3, last_key=this_week - 2),
        begin(make_quest("filled", "weeks", target=4), member, 3, last_key=this_week),
    ]
    possible = [
        begin(make_quest("capped", target=3, winners_cap=2, winners=1), member),
        begin(make_quest("tuesdays", "hours", target=3, parameters={"weekdays": [1], "hour_from": 22}), member),
        begin(make_quest("run", "weeks", target=4), member, 3, last_key=this_week - 1),
        begin(make_quest("again", target=3, recurrence=Recurrence.AFTER_COMPLETION), member, 1, rounds=2),
    ]
    run()
    notified = set(Message.objects.filter(scenario="quest_ending", channel="inbox").values_list("event_key", flat=True))
    assert notified == {f"quest_ending:{one.pk}" for one in possible}
    assert not notified & {f"quest_ending:{one.pk}" for one in hopeless}


def test_a_quest_of_a_level_that_was_lost_is_not_told() -> None:
    make_ladder()
    top = Level.objects.order_by("rank").last()
    member = make_reachable()
    begin(make_quest(target=3, min_level=top), member)
    assert run() == 0


def test_a_run_that_was_stopped_goes_on_and_costs_the_same(monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any) -> None:
    monkeypatch.setattr(endings, "_CHUNK", 4)
    quest = make_quest(target=3)
    for _ in range(11):
        begin(quest, make_reachable())
    cache.clear()
    turns = iter([True, False, True, False, True, True, True])
    for _ in range(3):
        reminders.send_reminders(now=MORNING, keep_on=lambda: next(turns), pages={"quest_endings": endings.page})
    assert Message.objects.filter(scenario="quest_ending", channel="inbox").count() == 11
    monkeypatch.setattr(endings, "_CHUNK", 500)
    day = reminders.Day(reminders.programmes.current(), MORNING, MORNING.date())
    with django_assert_max_num_queries(3):
        assert len(endings.page(day, 0)[0]) == 11


def test_the_beat_knows_it(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from quests import tasks

    names = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert tasks.remind_of_endings.name in names
    begin(make_quest(target=3), make_reachable())
    cache.clear()
    monkeypatch.setattr(timezone, "now", lambda: MORNING)
    assert tasks.remind_of_endings() == {"quest_endings": 1}
    assert tasks.remind_of_endings() == {"quest_endings": 0}
