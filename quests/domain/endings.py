"""“A quest ends soon”: who has begun or taken one and can still finish it hears so, once for each member, quest and window.

It is looked at once a day (loyalty.domain.reminders keeps the mark), some days before the member's last day: how many is a
setting of the scenario. Days are the programme's.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Q

from accounts.domain.notifications import texts
from accounts.domain.notifications.queue import Notice
from loyalty.domain import levels
from loyalty.domain.cabinet import last_day
from loyalty.domain.outreach import Day
from loyalty.lib.clock import business_day
from quests.domain.rules import Rule
from quests.domain.triggers.base import Measure
from quests.domain.triggers.birthday import in_birthday_week
from quests.domain.triggers.months import month_number
from quests.domain.triggers.weeks import week_number
from quests.enums import Recurrence, TriggerKind
from quests.models import Progress, Quest

SCENARIO = "quest_ending"
_CHUNK = 500
_HOUR = timedelta(hours=1)


def page(day: Day, after: int) -> tuple[list[Notice], int | None]:
    """Whose last day is that many days ahead (or a day less, should yesterday's run have been missed). Three queries a page."""
    ahead = texts.days_before(SCENARIO)
    rows = list(_underway(day, ahead).filter(pk__gt=after).order_by("pk")[:_CHUNK])
    open_to = _of_their_level(rows, day.now)
    rules = {row.quest_id: Rule.of(row.quest, day.programme.zone) for row in rows}
    notices = []
    for row in rows:
        done = _done(row, rules[row.quest_id], day)
        if row.pk in open_to and done is not None:
            notices.append(_notice(row, rules[row.quest_id], done, day))
    return notices, rows[-1].pk if len(rows) == _CHUNK else None


def _underway(day: Day, ahead: int) -> Any:
    """Progress that was begun or taken before today, isn't complete, and ends on the day; while there are rewards left."""
    ends = Q(window_end__gt=day.starts(day.today + timedelta(days=ahead - 1)), window_end__lte=day.starts(day.today + timedelta(days=ahead + 1)))
    begun = Q(value__gt=0) | Q(taken_at__isnull=False, rounds=0)
    to_do = Q(rounds=0) | Q(quest__recurrence=Recurrence.AFTER_COMPLETION)
    rewarded = Q(quest__winners_cap__isnull=True) | Q(quest__winners__lt=F("quest__winners_cap"))
    # A window that was opened today needs no reminder: the member has just read how long it lasts.
    found = Progress.objects.filter(ends, begun, to_do, rewarded, quest__is_published=True, window_start__lt=day.starts(day.today))
    return found.select_related("quest__min_level", "member")


def _of_their_level(rows: Sequence[Progress], now: datetime) -> set[int]:
    """The progress of members who hold the level that the quest is for: purchases below it don't count."""
    asked = [(row, row.quest.min_level) for row in rows if row.quest.min_level is not None]
    held = levels.held_at(pairs=[(row.member_id, now) for row, _level in asked])
    below = {row.pk for (row, level), mine in zip(asked, held, strict=True) if mine is None or mine.rank < level.rank}
    return {row.pk for row in rows} - below


def _done(row: Progress, rule: Rule, day: Day) -> Decimal | None:
    """What is done so far, in the trigger's unit; None: the rest can't be done in time any more."""
    zone, end = day.programme.zone, row.window_end
    assert end is not None
    if rule.trigger.measure is Measure.STREAK:
        return _streak(row, rule, this=business_day(day.now, zone), last=business_day(end - timedelta(microseconds=1), zone))
    hours = (day.now + n * _HOUR for n in range(-((day.now - end) // _HOUR)))
    if not any(_may_count(row, rule, hour.astimezone(zone)) for hour in hours):
        return None
    return row.value


def _may_count(row: Progress, rule: Rule, local: datetime) -> bool:
    """Whether a purchase at an instant of the programme's clock could count."""
    if not rule.conditions.at_clock(local):
        return False
    if rule.trigger.kind != TriggerKind.BIRTHDAY:
        return True
    born = (row.member.birth_month, row.member.birth_day)
    return born[0] is not None and born[1] is not None and in_birthday_week(local.date(), (born[0], born[1]))


def _streak(row: Progress, rule: Rule, *, this: Any, last: Any) -> Decimal | None:
    """The run that goes on: a missed week broke it. None: there is none, or the weeks left are too few."""
    number = month_number if rule.trigger.kind == TriggerKind.MONTHS else week_number
    here, end = number(this), number(last)
    if row.last_key is None or row.last_key < here - 1 or not row.value:
        return None
    left = rule.target - row.value
    return row.value if left <= end - max(here, row.last_key + 1) + 1 else None


def _notice(row: Progress, rule: Rule, done: Decimal, day: Day) -> Notice:
    quest = row.quest
    values = {
        "quest": _told(quest.title, quest.title_en),
        "about": _told(quest.summary.rstrip("."), quest.summary_en.rstrip(".")),
        "date": last_day(row.window_end, day.programme.zone),
        "left": _amount(quest, rule, quest.target - done, day),
        "target": _amount(quest, rule, quest.target, day),
        "reward": {"tokens": quest.reward_tokens, "points": quest.reward_points},
    }
    return Notice(f"{SCENARIO}:{row.pk}", row.member_id, SCENARIO, values, url=f"/quests/{quest.slug}/")


def _told(text: str, english: str) -> dict[str, str]:
    return {"ru": text, "en": english}


def _amount(quest: Quest, rule: Rule, value: Decimal, day: Day) -> tuple[str, Any]:
    """A value in the trigger's unit, as messages write it."""
    return ("money", f"{value} {day.programme.currency}") if rule.trigger.money else ("number", int(value))
