"""The rules of levels: read, checked, and published with a date. Never edited in place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby, pairwise
from operator import attrgetter
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext_noop

from loyalty.domain.levels.timeline import Rules, Step
from loyalty.enums import ExpiryMode, Measure, WhenToFall
from loyalty.lib.errors import DomainError
from loyalty.lib.rows import Ask, Query
from loyalty.lib.shapes import Money
from loyalty.models import Ladder, Level, Rung


@dataclass(slots=True, frozen=True)
class RungDraft:
    """What a level would take and give."""

    level_id: int
    rank: int
    tokens: int
    turnover: Decimal
    extra_pct: Decimal
    gift_points: int = 0


@dataclass(slots=True, frozen=True)
class LadderDraft:
    """A ladder as it would hold from `valid_from`."""

    valid_from: datetime
    measure: Measure
    window_days: int | None
    fall: WhenToFall
    validity: ExpiryMode
    validity_days: int
    warning_days: int
    rungs: tuple[RungDraft, ...]

    def rules(self) -> Rules:
        """The draft as the walk of domain/levels/timeline.py reads it."""
        steps = tuple(Step(rung.level_id, rung.rank, rung.tokens, rung.turnover) for rung in sorted(self.rungs, key=lambda rung: rung.rank))
        return Rules(self.valid_from, self.measure, self.window_days, self.fall, self.validity, self.validity_days, steps)


class RungOfLadder(NamedTuple):
    """A step of a ladder, with the ladder's own terms."""

    valid_from: datetime
    measure: str
    window_days: int | None
    fall: str
    validity: str
    validity_days: int
    level_id: int
    rank: int
    tokens: int
    turnover: Money


_RULES = Query(
    "SELECT ladder.valid_from, ladder.measure, ladder.window_days, ladder.fall, ladder.validity, ladder.validity_days, rung.level_id, level.rank, rung.tokens, "
    "rung.turnover FROM loyalty_rung rung JOIN loyalty_ladder ladder ON ladder.id = rung.ladder_id JOIN loyalty_level level ON level.id = rung.level_id "
    "ORDER BY ladder.valid_from, level.rank",
    RungOfLadder,
)


def load_ladders() -> list[Rules]:
    """Every ladder in the order of dates. One query."""
    return read(ask().rows())


def ask() -> Ask[RungOfLadder]:
    """Asks for what `read` makes rules of."""
    return _RULES.ask()


def read(rows: Sequence[RungOfLadder]) -> list[Rules]:
    """Every ladder in the order of dates."""
    found = []
    for _since, some in groupby(rows, key=attrgetter("valid_from")):
        rungs = list(some)
        steps = tuple(Step(rung.level_id, rung.rank, rung.tokens, rung.turnover) for rung in rungs)
        ladder = rungs[0]
        found.append(
            Rules(
                ladder.valid_from,
                Measure(ladder.measure),
                ladder.window_days,
                WhenToFall(ladder.fall),
                ladder.validity,
                ladder.validity_days,
                steps,
            )
        )
    return found


def ladder_in_force(at: datetime) -> Ladder | None:
    """The ladder that holds at an instant, with its rungs and their levels; two queries."""
    return Ladder.objects.filter(valid_from__lte=at).order_by("-valid_from").prefetch_related("rungs__level").first()


def check(draft: LadderDraft) -> None:
    """Raise DomainError for a ladder that can't be climbed: no_rungs, no_lowest_rung, thresholds_fall, pct_out_of_range."""
    rungs = sorted(draft.rungs, key=lambda rung: rung.rank)
    if not rungs:
        raise DomainError("no_rungs", gettext_noop("A ladder needs at least one level."))
    if rungs[0].tokens or rungs[0].turnover:
        raise DomainError("no_lowest_rung", gettext_noop("The lowest level takes 0 tokens and 0 turnover: everybody begins there."))
    for lower, higher in pairwise(rungs):
        grows = {
            Measure.TOKENS: higher.tokens > lower.tokens,
            Measure.TURNOVER: higher.turnover > lower.turnover,
        }.get(draft.measure, (higher.tokens, higher.turnover) > (lower.tokens, lower.turnover))
        if not grows or higher.tokens < lower.tokens or higher.turnover < lower.turnover:
            raise DomainError("thresholds_fall", gettext_noop("Every level takes more than the one below it."))
    if any(not 0 <= rung.extra_pct <= 100 for rung in rungs):
        raise DomainError("pct_out_of_range", gettext_noop("A percentage is from 0 to 100."))


def publish_ladder(draft: LadderDraft, *, now: datetime, actor_id: int | None = None) -> Ladder:
    """Write a ladder that holds from `draft.valid_from` on. Levels are worked out again by level_history.recalculate_all.

    Raises DomainError: see `check`; ladder_in_the_past for a date before the newest ladder or, once there is one, before now.
    """
    check(draft)
    with transaction.atomic():
        newest = Ladder.objects.order_by("-valid_from").select_for_update().first()
        if newest is not None and (draft.valid_from <= newest.valid_from or draft.valid_from < now):
            raise DomainError("ladder_in_the_past", gettext_noop("New rules hold from now on or later, and after the rules before them."))
        ladder = Ladder.objects.create(
            valid_from=draft.valid_from,
            measure=draft.measure,
            window_days=draft.window_days,
            fall=draft.fall,
            validity=draft.validity,
            validity_days=draft.validity_days,
            warning_days=draft.warning_days,
            created_at=now,
            actor_id=actor_id,
        )
        Rung.objects.bulk_create(
            Rung(ladder=ladder, level_id=rung.level_id, tokens=rung.tokens, turnover=rung.turnover, extra_pct=rung.extra_pct, gift_points=rung.gift_points)
            for rung in draft.rungs
        )
        return ladder


def every_level() -> list[Level]:
    """Every level, the lowest first."""
    return list(Level.objects.order_by("rank"))
