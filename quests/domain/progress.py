"""Keeps progress equal to what purchases, returns and deeds give, in whatever order they arrive.

Whoever calls is in a transaction. The members are locked, the purchases read with all that came back of them, and their
contributions replaced by what they should be; each progress that changed is then worked out anew from all its
contributions (evaluate.py) and rewarded. A constant number of queries, however many purchases.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q

from loyalty.domain import levels
from loyalty.lib import bulk
from loyalty.lib.locks import Scope, lock
from loyalty.models import Programme
from quests.domain import facts, rewards, rules, store
from quests.domain.evaluate import Counted, Result, evaluate
from quests.domain.purchase import Purchase
from quests.domain.rules import Part, Rule
from quests.domain.store import State
from quests.enums import ReturnPolicy, Starts
from quests.models import Contribution, Deed


@dataclass(slots=True)
class Wanted:
    """What one purchase or deed should contribute to one quest."""

    rule: Rule
    member_id: int
    at: datetime
    joined_at: datetime
    order_id: int | None
    deed_id: int | None
    parts: list[Part]


@dataclass
class _Run:
    """The quests at hand, and the progress rows that a call has loaded or made."""

    rules: dict[int, Rule]
    programme: Programme
    now: datetime
    states: dict[tuple[int, int], list[State]] = field(default_factory=lambda: defaultdict(list))

    @property
    def zone(self) -> ZoneInfo:
        return self.programme.zone


def advance(order_ids: Collection[int], members: Collection[int], *, programme: Programme, now: datetime) -> None:
    """Count the purchases of these members, with their returns, in every quest they belong to."""
    lock(Scope.QUESTS, members)
    purchases = facts.of_orders(order_ids, zone=programme.zone)
    if not purchases:
        return
    found = rules.load(zone=programme.zone, since=min(purchase.at for purchase in purchases))
    if any(rule.trigger.first_only for rule in found):
        purchases = facts.with_firsts(purchases)
    count(purchases, found, programme=programme, now=now)


def advance_deeds(deeds: Sequence[Deed], *, programme: Programme, now: datetime) -> None:
    """Count deeds in every quest of their kind."""
    lock(Scope.QUESTS, {deed.member_id for deed in deeds})
    found = rules.load(zone=programme.zone)
    wanted = [
        Wanted(
            rule, deed.member_id, deed.occurred_at, deed.member.joined_at, None, deed.pk, [Part(None, None, deed.pk, deed.occurred_at, rewards.ONE, deed.key)]
        )
        for deed in deeds
        for rule in found
        if rule.trigger.kind == deed.kind and deed.quest_id in (None, rule.quest.pk)
    ]
    _apply(wanted, found, programme=programme, now=now)


def count(purchases: Sequence[Purchase], found: Sequence[Rule], *, programme: Programme, now: datetime, only: int | None = None) -> None:
    """Count purchases in these quests (`only` one of them: the others are its chain). The members are locked already."""
    counting = [rule for rule in found if only in (None, rule.quest.pk)]
    wanted = [
        Wanted(rule, purchase.member_id, purchase.at, purchase.joined_at, purchase.order_id, None, parts)
        for purchase in purchases
        for rule in counting
        if rule.trigger.of_purchases and (parts := rule.parts(purchase))
    ]
    superseded = _no_longer_first(purchases, counting)
    _apply(of_their_level(wanted), found, programme=programme, now=now, superseded=superseded)


def of_their_level(wanted: list[Wanted]) -> list[Wanted]:
    """Without what was bought below the level that a quest is for. One query, where a quest is for a level."""
    asked = [one for one in wanted if one.rule.min_rank is not None]
    if not asked:
        return wanted
    held = levels.held_at(pairs=[(one.member_id, one.at) for one in asked])
    below = {id(one) for one, level in zip(asked, held, strict=True) if level is None or level.rank < (one.rule.min_rank or 0)}
    return [one for one in wanted if id(one) not in below]


def _no_longer_first(purchases: Sequence[Purchase], found: Sequence[Rule]) -> dict[int, list[int]]:
    """Contributions of purchases that a late, earlier one at the same partner has replaced: progress id → contribution ids."""
    quests = [rule.quest.pk for rule in found if rule.trigger.first_only]
    first = {(purchase.member_id, str(purchase.partner_id)): purchase.at for purchase in purchases if purchase.first}
    if not quests or not first:
        return {}
    rows = Contribution.objects.filter(progress__quest_id__in=quests, progress__member_id__in=bulk.id_set({member_id for member_id, _key in first}))
    gone = defaultdict(list)
    opening: dict[int, datetime] = {}
    pending = []
    for pk, progress_id, member_id, key, at, order_id, value in rows.values_list(
        "pk", "progress_id", "progress__member_id", "key", "occurred_at", "order_id", "value"
    ):
        if value > 0 and order_id is not None:
            opening[order_id] = at
        pending.append((pk, progress_id, member_id, key, order_id))
    for pk, progress_id, member_id, key, order_id in pending:
        if (began := first.get((member_id, key))) is None or order_id is None:
            continue
        if opening.get(order_id, began) > began:
            gone[progress_id].append(pk)
    return gone


def _apply(wanted: Sequence[Wanted], found: Sequence[Rule], *, programme: Programme, now: datetime, superseded: dict[int, list[int]] | None = None) -> None:
    """Bring progress up to what is wanted, and give or take back what follows."""
    if not (wanted or superseded):
        return
    run = _Run({rule.quest.pk: rule for rule in found}, programme, now)
    touched = _load(run, wanted, superseded or {})
    places = [(one, state) for one in wanted if (state := _state_for(run, one)) is not None]
    touched.update(state for _one, state in places)
    # What opens after a touched quest may have to be worked out anew too.
    later = _after(run.rules, {state.quest_id for state in touched})
    store.load_parts(touched | {state for (quest_id, _member_id), states in run.states.items() if quest_id in later for state in states})
    for one, state in places:
        state.replace(one.order_id, one.deed_id, one.parts)
    for state in touched:
        gone = set((superseded or {}).get(state.id or 0, ()))
        for source in [source for source, known in state.ids.items() if known in gone]:
            state.drop(source)
    rejudge(run.rules, [state for state in touched if state.changed], run.states, programme=programme, now=now)


def _load(run: _Run, wanted: Sequence[Wanted], superseded: Collection[int]) -> set[State]:
    """Read the progress rows that this call may touch, all along the chains of quests. Returns the superseded ones."""
    quests = {one.rule.quest.pk for one in wanted}
    where = Q(pk__in=list(superseded))
    if wanted:
        whose = Q(member_id__in=bulk.id_set({one.member_id for one in wanted}))
        first, last = min(one.at for one in wanted), max(one.at for one in wanted)
        current = Q(window_start__lte=last) & (Q(window_end__isnull=True) | Q(window_end__gt=first))
        chained = _chained(run.rules, quests)
        if simple := quests - chained:
            where |= whose & Q(quest_id__in=sorted(simple)) & current
        if chained:
            where |= whose & Q(quest_id__in=sorted(chained))
    found = store.load(where)
    for state in found:
        run.states[state.quest_id, state.member_id].append(state)
    return {state for state in found if state.id in superseded}


def _after(known: dict[int, Rule], quests: Collection[int]) -> set[int]:
    """Quests that open after these, all along the chain."""
    found: set[int] = set()
    while after := {pk for pk, rule in known.items() if pk not in found and any(other in quests or other in found for other in rule.requires)}:
        found |= after
    return found


def _chained(known: dict[int, Rule], quests: Collection[int]) -> set[int]:
    """Of these quests and those that open after them: all that stand in a chain, on either side."""
    later = _after(known, quests)
    needed = {other for pk in (*quests, *later) if pk in known for other in known[pk].requires}
    gates = {other for rule in known.values() for other in rule.requires}
    return later | needed | (set(quests) & gates)


def _state_for(run: _Run, one: Wanted) -> State | None:
    """The progress in whose window it counts; made where the quest begins by itself."""
    states = run.states[one.rule.quest.pk, one.member_id]
    if one.rule.quest.starts == Starts.TAKEN:
        return next((state for state in states if state.window.holds(one.at)), None)
    window = one.rule.window(one.at, one.joined_at)
    if window is None:
        return None
    state = next((state for state in states if state.window.start == window.start), None)
    if state is None:
        state = State(one.rule.quest.pk, one.member_id, window)
        states.append(state)
    return state


def rejudge(known: dict[int, Rule], changed: Iterable[State], states: dict[tuple[int, int], list[State]], *, programme: Programme, now: datetime) -> None:
    """Work out changed progress anew from its contributions, then the quests that open after it, and write it all.

    `states` holds every progress of the chains concerned, with contributions.
    """
    waiting: dict[int, set[State]] = defaultdict(set)
    for state in changed:
        waiting[state.quest_id].add(state)
    judged: list[tuple[Rule, State, Result]] = []
    opens: dict[int, list[int]] = defaultdict(list)
    for pk, rule in known.items():
        for other in rule.requires:
            opens[other].append(pk)
    for quest_id in _in_order(known):
        rule = known[quest_id]
        for state in sorted(waiting.pop(quest_id, ()), key=lambda state: (state.member_id, state.window.start)):
            before = state.first_completed_at
            judged.append((rule, state, judge(rule, state, gate_of(rule, state.member_id, states))))
            if state.first_completed_at != before:
                for pk in opens[quest_id]:
                    waiting[pk].update(states.get((pk, state.member_id), ()))
    store.write([state for _rule, state, _result in judged], now=now)
    rewards.settle(judged, programme=programme, now=now)


def gate_of(rule: Rule, member_id: int, states: dict[tuple[int, int], list[State]]) -> datetime | bool | None:
    """From when a quest is open to a member: None: always; False: not yet. What was opened once stays open."""
    gate: datetime | None = None
    for other in rule.requires:
        opened = min((at for state in states.get((other, member_id), ()) if (at := state.first_completed_at) is not None), default=None)
        if opened is None:
            return False
        gate = opened if gate is None else max(gate, opened)
    return gate


def judge(rule: Rule, state: State, gate: datetime | bool | None) -> Result:
    """Work out one progress from its contributions and note it in the state."""
    result = Result()
    if not isinstance(gate, bool):
        result = evaluate(
            [Counted(part.at, (part.order_id, part.deed_id), part.value, part.key) for part in state.parts.values()],
            measure=rule.trigger.measure,
            target=rule.target,
            endless=rule.endless,
            keeps=rule.quest.return_policy == ReturnPolicy.KEEP_COMPLETED,
            gate=gate,
        )
    state.value, state.rounds, state.last_key = result.value, result.rounds, result.last_key
    state.first_completed_at = min((one.since for one in result.stretches), default=None)
    state.completed_at = max((one.since for one in result.stretches if one.until is None), default=None)
    return result


def _in_order(known: dict[int, Rule]) -> list[int]:
    """Quests, each after those it opens after."""
    placed: list[int] = []
    left = sorted(known)
    while left:
        ready = [pk for pk in left if all(other in placed or other not in known for other in known[pk].requires)] or left[:1]
        placed += ready
        left = [pk for pk in left if pk not in placed]
    return placed
