"""Which level facts give, and when. Pure: the same facts give the same timeline, in whatever order they came.

A fact is tokens or money that counts from `at` until it is undone (`until`), or for good. What a member holds at
an instant is what a walk over the facts that stood at that instant says: a level is reached at once, and kept until
the end that the rules give; there it is renewed, or falls as the rules say. A return undoes facts, and with them at
once what they alone had reached; before its date the level was held all the same.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from zoneinfo import ZoneInfo

from loyalty.domain.ledger import gone_from
from loyalty.enums import LevelReason, Measure, WhenToFall
from loyalty.lib.clock import business_day, start_of_day

ZERO = Decimal(0)
# How far ahead falls are foreseen; what comes later is found once it is nearer.
AHEAD = timedelta(days=3700)


@dataclass(slots=True, frozen=True)
class Step:
    """A rung as far as reaching it goes. `rank` orders levels, whatever ladder they stand on."""

    level_id: int
    rank: int
    tokens: int
    turnover: Decimal


@dataclass(slots=True, frozen=True)
class Rules:
    """A dated ladder: steps in the order of rank."""

    since: datetime
    measure: Measure
    window_days: int | None
    fall: WhenToFall
    validity: str
    validity_days: int
    steps: tuple[Step, ...]

    def reached(self, tokens: int, turnover: Decimal) -> Step | None:
        """The highest step that so much reaches."""
        return next((step for step in reversed(self.steps) if self._enough(step, tokens, turnover)), None)

    def _enough(self, step: Step, tokens: int, turnover: Decimal) -> bool:
        by_tokens, by_turnover = tokens >= step.tokens, turnover >= step.turnover
        match self.measure:
            case Measure.TOKENS:
                return by_tokens
            case Measure.TURNOVER:
                return by_turnover
            case Measure.EITHER:
                return by_tokens or by_turnover
        return by_tokens and by_turnover

    def below(self, rank: int) -> Step | None:
        """The step below a rank."""
        return next((step for step in reversed(self.steps) if step.rank < rank), None)

    def held_until(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        """Until when a level reached or kept at `at` is held (the start of a business day); None: for good."""
        if self.fall == WhenToFall.NEVER:
            return None
        return gone_from(begins=business_day(at, zone), lifetime_days=self.validity_days, mode=self.validity, zone=zone)

    def counts_from(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        """From when facts count at an instant: the start of the day so many days before; None: from the beginning."""
        if self.window_days is None:
            return None
        return start_of_day(business_day(at, zone) - timedelta(days=self.window_days), zone)


@dataclass(slots=True, frozen=True)
class Fact:
    """Tokens or money that count from `at`, until they are undone."""

    at: datetime
    tokens: int = 0
    money: Decimal = ZERO
    until: datetime | None = None


@dataclass(slots=True, frozen=True)
class Given:
    """A level that staff gave."""

    at: datetime
    step: Step
    until: datetime | None = None
    id: int | None = None


@dataclass(slots=True, frozen=True)
class Held:
    """A level held from `since` until the next one. `until`: how long at least."""

    since: datetime
    level_id: int
    rank: int
    until: datetime | None
    reason: LevelReason
    given_id: int | None = None


class Sums:
    """Tokens and money of facts between instants."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self.facts = sorted(facts, key=lambda fact: fact.at)
        self.times = [fact.at for fact in self.facts]
        self._tokens = [0, *accumulate(fact.tokens for fact in self.facts)]
        self._money = [ZERO, *accumulate((fact.money for fact in self.facts), initial=None)] if self.facts else [ZERO]

    def between(self, start: datetime | None, end: datetime) -> tuple[int, Decimal]:
        """Sums of what counts from `start` to `end`, both included."""
        low = bisect_left(self.times, start) if start else 0
        high = max(low, bisect_right(self.times, end))
        return self._tokens[high] - self._tokens[low], self._money[high] - self._money[low]


def timeline(ladders: Sequence[Rules], facts: Sequence[Fact], given: Sequence[Given] = (), *, now: datetime, zone: ZoneInfo) -> list[Held]:
    """What a member held from when, and the next fall to come if nothing else happens. `ladders` in the order of their dates.

    A member stands on the lowest step before the first row.
    """
    if not ladders:
        return []
    cuts = sorted({fact.until for fact in facts if fact.until is not None and fact.until > fact.at})
    held: list[Held] = []
    start: datetime | None = None
    for cut in [*cuts, None]:
        standing = [fact for fact in facts if fact.until is None or (fact.until > fact.at and (start is None or fact.until > start))]
        walked = _walk(ladders, Sums(standing), given, now=now, zone=zone)
        if start is not None:
            _join(held, walked, start, ladders)
        held += [one for one in walked if (start is None or one.since > start) and (cut is None or one.since <= cut)]
        start = cut
    return held


def _join(held: list[Held], walked: Sequence[Held], at: datetime, ladders: Sequence[Rules]) -> None:
    """From `at` on the member holds what the walk without the undone facts says."""
    was = held[-1] if held else None
    is_now = next((one for one in reversed(walked) if one.since <= at), None)
    if was is None or (is_now is not None and (is_now.level_id, is_now.until) == (was.level_id, was.until)):
        return
    if held[-1].since == at:
        held.pop()
    if is_now is not None:
        reason = LevelReason.UNDONE if is_now.level_id != was.level_id else LevelReason.KEPT
        held.append(replace(is_now, since=at, reason=reason))
    elif base := rules_at(ladders, at):
        held.append(Held(at, base.steps[0].level_id, base.steps[0].rank, None, LevelReason.UNDONE))


def rules_at(ladders: Sequence[Rules], at: datetime) -> Rules | None:
    """The ladder in force at an instant."""
    return next((one for one in reversed(ladders) if one.since <= at), None)


def _walk(ladders: Sequence[Rules], sums: Sums, given: Sequence[Given], *, now: datetime, zone: ZoneInfo) -> list[Held]:
    """One pass over the instants at which something can change. Rows: changes of level or of its end."""
    held: list[Held] = []
    moments = sorted({*sums.times, *(one.at for one in given), *(one.since for one in ladders)})
    by_instant = {one.at: one for one in given}
    level: Held | None = None
    place = 0
    while True:
        upcoming = moments[place] if place < len(moments) else None
        ends = level.until if level else None
        if level is not None and ends is not None and (upcoming is None or ends <= upcoming):
            if ends > now + AHEAD:
                return held
            nearer = _at_the_end(ladders, sums, level, ends, zone)
            if ends > now and nearer.rank == level.rank and upcoming is None:
                # Kept once more. Without a window nothing changes any more; with one, look further.
                rules = rules_at(ladders, ends)
                if rules is None or rules.window_days is None or nearer.until is None:
                    return held
            else:
                held.append(nearer)
                if ends > now and nearer.rank < level.rank:
                    # The next fall to come; what follows it is found when it is here.
                    return held
            level = nearer
            continue
        if upcoming is None:
            return held
        place += 1
        changed = _at(ladders, sums, level, upcoming, by_instant.get(upcoming), zone)
        if changed is not None:
            if held and held[-1].since == changed.since:
                held.pop()
            held.append(changed)
            level = changed


def _at(ladders: Sequence[Rules], sums: Sums, level: Held | None, at: datetime, given: Given | None, zone: ZoneInfo) -> Held | None:
    """What a fact, a gift of staff or new rules change."""
    rules = rules_at(ladders, at)
    if rules is None or not rules.steps:
        return None
    if given is not None:
        return Held(at, given.step.level_id, given.step.rank, given.until or rules.held_until(at, zone), LevelReason.OVERRIDE, given.id)
    reached = rules.reached(*sums.between(rules.counts_from(at, zone), at)) or rules.steps[0]
    gone = level is not None and all(step.level_id != level.level_id for step in rules.steps)
    rank = level.rank if level is not None else rules.steps[0].rank
    if gone or reached.rank > rank:
        new_rules = at == rules.since
        return Held(at, reached.level_id, reached.rank, _end(rules, reached, at, zone), LevelReason.LADDER if new_rules else LevelReason.REACHED)
    return None


def _at_the_end(ladders: Sequence[Rules], sums: Sums, level: Held, at: datetime, zone: ZoneInfo) -> Held:
    """A level's time is over: it is kept, or falls as the rules say."""
    rules = rules_at(ladders, at)
    assert rules is not None
    reached = rules.reached(*sums.between(rules.counts_from(at, zone), at)) or rules.steps[0]
    if reached.rank < level.rank and rules.fall == WhenToFall.ONE_DOWN:
        below = rules.below(level.rank)
        reached = max(reached, below or reached, key=lambda step: step.rank)
    if rules.fall == WhenToFall.NEVER and level.reason != LevelReason.OVERRIDE and reached.rank < level.rank:
        return replace(level, since=at, until=None, reason=LevelReason.KEPT)
    if reached.rank < level.rank:
        return Held(at, reached.level_id, reached.rank, _end(rules, reached, at, zone), LevelReason.FELL)
    reason = LevelReason.KEPT if reached.rank == level.rank else LevelReason.REACHED
    return Held(at, reached.level_id, reached.rank, _end(rules, reached, at, zone), reason)


def _end(rules: Rules, step: Step, at: datetime, zone: ZoneInfo) -> datetime | None:
    """The lowest step is held for good."""
    return None if step == rules.steps[0] else rules.held_until(at, zone)
