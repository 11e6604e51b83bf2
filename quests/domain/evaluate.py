"""What contributions make of a progress: its value, its rounds, and when each was complete. Pure.

The same contributions give the same result in whatever order they came: what counts at an instant is what was dated
up to it and not taken back up to it.
"""

from bisect import bisect_right
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from quests.domain.triggers.base import Measure

ZERO = Decimal(0)


class Counted(NamedTuple):
    """A contribution: `source` names the purchase or deed, whose later parts (returns) are negative."""

    at: datetime
    source: Hashable
    value: Decimal
    key: str


class Stretch(NamedTuple):
    """A round was complete from `since` until a return undid it (None: it stands)."""

    number: int
    since: datetime
    until: datetime | None


@dataclass(slots=True)
class Result:
    """`value` of the round that runs (the target once nothing more is to do), `rounds` that stand, and every stretch."""

    value: Decimal = ZERO
    rounds: int = 0
    last_key: int | None = None
    stretches: list[Stretch] = field(default_factory=list)


def evaluate(counted: Sequence[Counted], *, measure: Measure, target: Decimal, endless: bool, keeps: bool = False, gate: datetime | None = None) -> Result:
    """Judge contributions. `endless`: rounds follow one another. `keeps`: what was complete stays so. `gate`: only what came later counts."""
    if gate is not None:
        opened = {one.source for one in counted if one.value > 0 and one.at > gate}
        counted = [one for one in counted if one.source in opened]
    takes = [one for one in counted if one.value < 0]
    adds = sorted([one for one in counted if one.value > 0], key=lambda one: one.at)
    if not takes:
        done, value, last = _walk([(one.at, one.value, one.key) for one in adds], measure, target, endless)
        return _finish([Stretch(number, at, None) for number, at in enumerate(done, 1)], value, last, target, endless)
    stretches, value, last = _through_returns(adds, takes, measure, target, endless)
    if keeps:
        first: dict[int, datetime] = {}
        for stretch in stretches:
            first[stretch.number] = min(stretch.since, first.get(stretch.number, stretch.since))
        stretches = [Stretch(number, since, None) for number, since in first.items()]
    stretches.sort(key=lambda one: (one.number, one.since))
    return _finish(stretches, value, last, target, endless)


def _through_returns(
    adds: Sequence[Counted], takes: Sequence[Counted], measure: Measure, target: Decimal, endless: bool
) -> tuple[list[Stretch], Decimal, int | None]:
    """Walk once for the time before each return and once after the last: each walk knows the returns before it."""
    cuts: list[datetime | None] = [None, *sorted({one.at for one in takes}), None]
    stretches: list[Stretch] = []
    standing: dict[int, datetime] = {}
    value, last = ZERO, None
    for start, end in pairwise(cuts):
        lost: dict[Hashable, Decimal] = {}
        for one in takes:
            if start is not None and one.at <= start:
                lost[one.source] = lost.get(one.source, ZERO) + one.value
        left = [(one.at, kept, one.key) for one in adds if (kept := one.value + lost.get(one.source, ZERO)) > 0]
        done, value, last = _walk(left, measure, target, endless)
        if start is not None:
            still = bisect_right(done, start)
            for number in [number for number in standing if number > still]:
                since = standing.pop(number)
                if since < start:
                    stretches.append(Stretch(number, since, start))
        for number, at in enumerate(done, 1):
            if number not in standing and (end is None or at <= end):
                # What fell and is complete again without a new purchase stands from the return on.
                standing[number] = at if start is None or at > start else start
    return stretches + [Stretch(number, since, None) for number, since in standing.items()], value, last


def _finish(stretches: list[Stretch], value: Decimal, last: int | None, target: Decimal, endless: bool) -> Result:
    rounds = sum(1 for one in stretches if one.until is None)
    if rounds and not endless:
        value = target
    return Result(value, rounds, last, stretches)


def _walk(adds: Sequence[tuple[datetime, Decimal, str]], measure: Measure, target: Decimal, endless: bool) -> tuple[list[datetime], Decimal, int | None]:
    """(instants at which rounds were completed, value of the round that runs, last key of a streak)."""
    if measure is Measure.SUM:
        return _sum(adds, target, endless)
    if measure is Measure.DISTINCT:
        return _distinct(adds, target, endless)
    return _streak(adds, target, endless)


def _sum(adds: Sequence[tuple[datetime, Decimal, str]], target: Decimal, endless: bool) -> tuple[list[datetime], Decimal, None]:
    done: list[datetime] = []
    total = ZERO
    for at, value, _key in adds:
        total += value
        while total >= target and (endless or not done):
            done.append(at)
            if not endless:
                break
            total -= target
    return done, total, None


def _distinct(adds: Sequence[tuple[datetime, Decimal, str]], target: Decimal, endless: bool) -> tuple[list[datetime], Decimal, None]:
    done: list[datetime] = []
    keys: set[str] = set()
    for at, _value, key in adds:
        keys.add(key)
        if len(keys) >= target and (endless or not done):
            done.append(at)
            if endless:
                keys = set()
    return done, Decimal(len(keys)), None


def _streak(adds: Sequence[tuple[datetime, Decimal, str]], target: Decimal, endless: bool) -> tuple[list[datetime], Decimal, int | None]:
    done: list[datetime] = []
    last: int | None = None
    run = 0
    spent: int | None = None
    for at, _value, text in adds:
        key = int(text)
        if key == spent:
            # The week that completed a round doesn't begin the next one.
            continue
        if last is None or key > last + 1:
            run = 1
        elif key == last + 1:
            run += 1
        last = key
        if run >= target and (endless or not done):
            done.append(at)
            if endless:
                run, last, spent = 0, None, key
    return done, Decimal(run), last if last is not None else spent
