"""What new rules of levels would change, before they are published. Writes nothing."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime

from loyalty.domain.levels import history, ladders
from loyalty.domain.levels.ladders import LadderDraft
from loyalty.domain.levels.timeline import Fact, Given, Rules, Sums, timeline
from loyalty.models import Programme


@dataclass(slots=True)
class LadderEffect:
    """Members by level (ids; None: no ladder): held today, held under the draft at once, and reached under it by what counts today.

    `moves` counts (held today, held at once) where they differ. Who holds more than is reached falls later, as the rules say.
    """

    members: int = 0
    before: Counter[int | None] = field(default_factory=Counter)
    after: Counter[int | None] = field(default_factory=Counter)
    reached: Counter[int | None] = field(default_factory=Counter)
    moves: Counter[tuple[int | None, int | None]] = field(default_factory=Counter)

    @property
    def rise(self) -> int:
        """How many members change their level at once."""
        return sum(self.moves.values())


def effect_of(draft: LadderDraft, *, programme: Programme, now: datetime) -> LadderEffect:
    """What the draft would change if it held from `now` on; a constant number of queries per thousand members.

    Raises DomainError: see ladders.check.
    """
    ladders.check(draft)
    old = [one for one in ladders.load_ladders() if one.since <= now]
    rules = replace(draft.rules(), since=now)
    new = [*(one for one in old if one.since < now), rules]
    turnover = any(one.measure.counts_turnover for one in (*old, rules))
    found = LadderEffect()
    for members in history.batches_of_members():
        facts = history.load_facts(members, turnover=turnover)
        given = history.load_given(members, new)
        for member_id in members:
            own, gifts = facts.get(member_id, []), given.get(member_id, [])
            before, after = _held(old, own, gifts, now, programme), _held(new, own, gifts, now, programme)
            standing = Sums([fact for fact in own if fact.until is None or fact.until > now])
            reached = rules.reached(*standing.between(rules.counts_from(now, programme.zone), now)) or rules.steps[0]
            found.members += 1
            found.before[before] += 1
            found.after[after] += 1
            found.reached[reached.level_id] += 1
            if before != after:
                found.moves[before, after] += 1
    return found


def _held(rules: list[Rules], facts: list[Fact], given: list[Given], now: datetime, programme: Programme) -> int | None:
    held = [one for one in timeline(rules, facts, given, now=now, zone=programme.zone) if one.since <= now]
    if held:
        return held[-1].level_id
    return rules[-1].steps[0].level_id if rules else None
