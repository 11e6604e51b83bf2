"""What a member reads about levels: the ladder, where they stand, until when, what a percent is worth to them, tokens."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import get_language

from loyalty.domain import levels
from loyalty.domain.cabinet.dates import last_day
from loyalty.enums import LevelReason, Measure, WhenToFall
from loyalty.lib.clock import business_day
from loyalty.models import Level, LevelHistory, Order, Programme, Return, TokenEntry

YEAR = timedelta(days=365)
# A level-up is news for so long.
MOMENT_FOR = timedelta(days=30)


def text_for_reader(text: str, in_english: str) -> str:
    """The text in the reader's language: Russian, or English where there is one."""
    return in_english if in_english and not (get_language() or "ru").startswith("ru") else text


@dataclass(frozen=True)
class LadderStep:
    """A rung as the page draws it. `state` is done, now, next or far; `tokens_left` and `turnover_left` to reach it."""

    level: Level
    title: str
    perks: str
    tokens: int
    turnover: Decimal
    extra_pct: Decimal
    gift_points: int
    state: str
    tokens_left: int
    turnover_left: Decimal


@dataclass(frozen=True)
class LevelPage:
    """Everything of /level/ but the tokens. Money is in the programme's currency, days are business days.

    `held_through`: the last day the level is sure to be held; None: for good. `falls_on`/`falls_to`: the day of the fall to
    come if nothing else happens. `keep_tokens`/`keep_turnover`: what is still missing to keep it then.
    `percent_a_month`: what one more percent would have brought a month over the member's own past year.
    """

    steps: list[LadderStep]
    now: LadderStep
    next: LadderStep | None
    measure: Measure
    window_days: int | None
    tokens: int
    turnover: Decimal
    tokens_ever: int
    since: date | None
    reason: LevelReason | None
    held_through: date | None
    falls_on: date | None
    falls_to: LadderStep | None
    keep_tokens: int
    keep_turnover: Decimal
    may_fall: bool
    percent_a_month: Decimal
    worth_a_month: Decimal


@dataclass(frozen=True)
class TokenLine:
    """A line of the token history. `undone_on`: the day on which it was taken back."""

    on: date
    tokens: int
    title: str
    kind: str
    reference: str
    undone_on: date | None


@dataclass(frozen=True)
class Moment:
    """A level reached that the member hasn't been shown yet. `id` names it to `seen`."""

    id: int
    step: LadderStep
    since: date
    held_through: date | None


def level_page(member_id: int, *, programme: Programme, now: datetime) -> LevelPage | None:
    """The ladder as of now with the member on it; None where there is none. A constant number of queries."""
    ladder = levels.ladder_in_force(now)
    if ladder is None:
        return None
    zone = programme.zone
    rungs = sorted(ladder.rungs.all(), key=lambda rung: rung.level.rank)
    rows = list(LevelHistory.objects.filter(member_id=member_id, superseded_at__isnull=True).order_by("since"))
    standing = next((row for row in reversed(rows) if row.since <= now), None)
    fall = next((row for row in rows if row.since > now and row.reason == LevelReason.FELL), None)
    facts = levels.load_facts([member_id], turnover=True)[member_id]
    tokens, turnover = levels.counted_at(facts, ladder, now, programme)
    level_id = standing.level_id if standing else rungs[0].level_id
    place = next((place for place, rung in enumerate(rungs) if rung.level_id == level_id), 0)
    steps = []
    for number, rung in enumerate(rungs):
        state = "done" if number < place else "now" if number == place else "next" if number == place + 1 else "far"
        steps.append(
            LadderStep(
                rung.level,
                text_for_reader(rung.level.name, rung.level.name_en),
                text_for_reader(rung.level.perks, rung.level.perks_en),
                rung.tokens,
                rung.turnover,
                rung.extra_pct,
                rung.gift_points,
                state,
                max(0, rung.tokens - tokens),
                max(Decimal(0), rung.turnover - turnover),
            )
        )
    mine, after = steps[place], steps[place + 1] if place + 1 < len(steps) else None
    until = standing.until if standing else None
    keep = levels.counted_at(facts, ladder, until, programme) if until else (tokens, turnover)
    percent = _percent_a_month(member_id, now=now)
    return LevelPage(
        steps=steps,
        now=mine,
        next=after,
        measure=Measure(ladder.measure),
        window_days=ladder.window_days,
        tokens=tokens,
        turnover=turnover,
        tokens_ever=sum(fact.tokens for fact in facts if fact.until is None or fact.until > now),
        since=business_day(standing.since, zone) if standing else None,
        reason=LevelReason(standing.reason) if standing else None,
        held_through=last_day(until, zone),
        falls_on=business_day(fall.since, zone) if fall else None,
        falls_to=next((step for step in steps if fall and step.level.pk == fall.level_id), None),
        keep_tokens=max(0, mine.tokens - keep[0]),
        keep_turnover=max(Decimal(0), mine.turnover - keep[1]),
        may_fall=ladder.fall != WhenToFall.NEVER,
        percent_a_month=percent,
        worth_a_month=(percent * mine.extra_pct).quantize(Decimal("0.01")),
    )


def _percent_a_month(member_id: int, *, now: datetime) -> Decimal:
    """What one percent of what the member paid and kept over the past year is worth a month, in money."""
    bought = Order.objects.filter(member_id=member_id, occurred_at__gt=now - YEAR, occurred_at__lte=now)
    paid = bought.aggregate(total=Coalesce(Sum("eligible"), Decimal(0)))["total"]
    back = Return.objects.filter(member_id=member_id, order__occurred_at__gt=now - YEAR, occurred_at__lte=now)
    returned = back.aggregate(total=Coalesce(Sum(F("total") - F("paid_with_points")), Decimal(0)))["total"]
    return (max(Decimal(0), Decimal(paid) - Decimal(returned)) / 100 / 12).quantize(Decimal("0.01"))


def token_history(member_id: int, *, programme: Programme, limit: int = 50) -> list[TokenLine]:
    """The member's tokens, the latest first, without what never counted. One query."""
    rows = TokenEntry.objects.filter(member_id=member_id).exclude(
        Q(reversal__occurred_at__lte=F("occurred_at")) | Q(reverses__occurred_at__gte=F("occurred_at"))
    )
    lines = []
    for row in rows.select_related("reversal").order_by("-occurred_at", "-pk")[:limit]:
        undone = getattr(row, "reversal", None)
        undone_on = business_day(undone.occurred_at, programme.zone) if undone else None
        title = text_for_reader(row.title, row.title_en) or row.reason
        lines.append(TokenLine(business_day(row.occurred_at, programme.zone), row.tokens, title, row.kind, row.reference, undone_on))
    return lines


def level_up_to_show(member_id: int, *, programme: Programme, now: datetime) -> Moment | None:
    """The level-up to show, once: the highest level reached lately that still stands and wasn't seen. One query where there is none."""
    rows = LevelHistory.objects.filter(
        member_id=member_id,
        superseded_at__isnull=True,
        seen_at__isnull=True,
        since__lte=now,
        created_at__gt=now - MOMENT_FOR,
        since__gt=now - MOMENT_FOR,
        reason__in=[LevelReason.REACHED, LevelReason.LADDER, LevelReason.OVERRIDE],
    )
    row = rows.select_related("level").order_by("-since").first()
    page = level_page(member_id, programme=programme, now=now) if row is not None else None
    if row is None or page is None or page.now.level.pk != row.level_id or page.now == page.steps[0]:
        return None
    return Moment(row.pk, page.now, business_day(row.since, programme.zone), page.held_through)
