"""What contributions make of a progress: its value, its rounds, and when each was complete. Pure.

The same contributions give the same result in whatever order they came: what counts at an instant is what was dated
up to it and not taken back up to it. `Tally` is the sum so far; where a contribution comes after all others and nothing
was taken back, it goes on from there (`onward`), and gives what a walk over all of them would (`evaluate`).
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from quests.triggers.base.tally import ZERO, Tally


class Counted(NamedTuple):
    """A contribution: `source` names the purchase or deed, whose later parts (returns) are negative."""

    at: datetime
    source: tuple[int, int]
    value: Decimal
    key: str


class Stretch(NamedTuple):
    """A round was complete from `since` until a return undid it (None: it stands)."""

    number: int
    since: datetime
    until: datetime | None


@dataclass(slots=True)
class Result:
    """`value` of the round that runs (the target once nothing more is to do), `rounds` that stand, and every stretch.

    `keys` are those of a round that counts different ones. `only_new`: the stretches before are as they were.
    """

    value: Decimal = ZERO
    rounds: int = 0
    last_key: int | None = None
    stretches: list[Stretch] = field(default_factory=list)
    keys: tuple[str, ...] = ()
    only_new: bool = False


def evaluate(counted: Sequence[Counted], *, kind: type[Tally], target: Decimal, endless: bool, keeps: bool = False, gate: datetime | None = None) -> Result:
    """Judge contributions by a kind of tally. `endless`: rounds follow on. `keeps`: what was complete stays so. `gate`: only what came later counts."""
    if gate is not None:
        opened = {one.source for one in counted if one.value > 0 and one.at > gate}
        counted = [one for one in counted if one.source in opened]
    takes = [one for one in counted if one.value < 0]
    adds = sorted([one for one in counted if one.value > 0], key=lambda one: (one.at, one.source))
    if not takes:
        tally = kind(target, endless)
        return _result(tally, _walk(tally, ((one.at, one.value, one.key) for one in adds)))
    stretches, tally = _through_returns(adds, takes, kind, target, endless)
    if keeps:
        first: dict[int, datetime] = {}
        for stretch in stretches:
            first[stretch.number] = min(stretch.since, first.get(stretch.number, stretch.since))
        stretches = [Stretch(number, since, None) for number, since in first.items()]
    stretches.sort(key=lambda one: (one.number, one.since))
    tally.rounds = sum(1 for one in stretches if one.until is None)
    return _result(tally, stretches)


def onward(tally: Tally, adds: Iterable[tuple[datetime, Decimal, str]]) -> Result:
    """Go on with what is dated after everything counted so far, in the order of its dates; nothing was taken back."""
    return _result(tally, _walk(tally, adds), only_new=True)


def _result(tally: Tally, stretches: list[Stretch], *, only_new: bool = False) -> Result:
    """The state of a progress with so much counted."""
    value, keys = (tally.target, ()) if tally.over else (tally.value, tuple(sorted(tally.keys)))
    return Result(value, tally.rounds, tally.last_key, stretches, keys, only_new)


def _walk(tally: Tally, adds: Iterable[tuple[datetime, Decimal, str]]) -> list[Stretch]:
    """Count contributions in their order. Returns the rounds that they complete."""
    done: list[Stretch] = []
    for at, value, key in adds:
        if more := tally.add(value, key):
            done += [Stretch(number, at, None) for number in range(tally.rounds - more + 1, tally.rounds + 1)]
    return done


def _through_returns(adds: Sequence[Counted], takes: Sequence[Counted], kind: type[Tally], target: Decimal, endless: bool) -> tuple[list[Stretch], Tally]:
    """Walk once for the time before each return and once after the last: each walk knows the returns before it."""
    cuts: list[datetime | None] = [None, *sorted({one.at for one in takes}), None]
    stretches: list[Stretch] = []
    standing: dict[int, datetime] = {}
    tally = kind(target, endless)
    for start, end in pairwise(cuts):
        lost: dict[tuple[int, int], Decimal] = {}
        for one in takes:
            if start is not None and one.at <= start:
                lost[one.source] = lost.get(one.source, ZERO) + one.value
        tally = kind(target, endless)
        left = [(one.at, kept, one.key) for one in adds if (kept := one.value + lost.get(one.source, ZERO)) > 0]
        done = [one.since for one in _walk(tally, left)]
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
    return stretches + [Stretch(number, since, None) for number, since in standing.items()], tally
