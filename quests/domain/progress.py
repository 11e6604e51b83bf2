"""Keeps progress equal to what purchases, returns and deeds give, in whatever order they arrive.

Whoever calls is in a transaction. The members are locked, the purchases read with all that came back of them, and their
contributions made what they should be. Where a contribution comes after all others of its progress, which is the rule,
the progress goes on from where it stands; anything else (a late purchase, a return, a repeat, a chain of quests) is worked
out again from all contributions. Both give the same (evaluate.py). A constant number of queries, however many purchases.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from django.db.models import Q

from loyalty.domain import levels
from loyalty.lib.locks import Scope, ask_lock, lock
from loyalty.lib.rows import fetch, id_set
from loyalty.models import Programme
from quests.domain import facts, rewards, rulebook, store
from quests.domain.evaluate import Result, evaluate, onward
from quests.domain.rulebook import Rulebook
from quests.domain.rules import PlannedContribution, Rule, Window
from quests.domain.store import ProgressLookup, State
from quests.enums import ReturnPolicy, Starts
from quests.models import Contribution, Deed
from quests.triggers.base.purchase import Purchase
from quests.triggers.base.tally import ZERO

_ALWAYS = datetime(1, 1, 2, tzinfo=UTC)
States = dict[tuple[int, int], list[State]]
Judged = tuple[Rule, State, Result]


class Wanted(NamedTuple):
    """What one purchase or deed should contribute to one quest. `at` is its own date, `contributions` those of its returns too."""

    rule: Rule
    member_id: int
    at: datetime
    joined_at: datetime
    order_id: int | None
    deed_id: int | None
    contributions: list[PlannedContribution]


@dataclass
class _Run:
    """What a call works with: the quests, and the progress rows that it has read or made."""

    quests: Rulebook
    programme: Programme
    now: datetime
    states: States = field(default_factory=lambda: defaultdict(list))

    def keep(self, found: Iterable[State]) -> None:
        """Remember progress, each row once."""
        known = {state.id for states in self.states.values() for state in states}
        for state in found:
            if state.id not in known:
                known.add(state.id)
                self.states[state.quest_id, state.member_id].append(state)


def advance(order_ids: Collection[int], members: Collection[int], *, programme: Programme, now: datetime) -> None:
    """Count the purchases of these members, with their returns, in every quest they belong to."""
    # The lock comes first: what follows sees what its last holder has committed.
    _locked, orders, returns, firsts, digest = fetch(ask_lock(Scope.QUESTS, members), *facts.ask(order_ids), rulebook.ask(order_ids))
    purchases = facts.read(orders, returns, firsts, zone=programme.zone)
    if not purchases:
        return
    quests = rulebook.read(digest[0].text or "", zone=programme.zone, since=min(purchase.at for purchase in purchases))
    count(purchases, quests, programme=programme, now=now)


def advance_deeds(deeds: Sequence[Deed], *, programme: Programme, now: datetime) -> None:
    """Count deeds in every quest of their kind."""
    lock(Scope.QUESTS, {deed.member_id for deed in deeds})
    quests = rulebook.published(zone=programme.zone)
    wanted = [
        Wanted(rule, deed.member_id, deed.occurred_at, deed.member.joined_at, None, deed.pk, [_planned(deed)])
        for deed in deeds
        for rule in quests.rules.values()
        if rule.trigger.slug == deed.kind and deed.quest_id in (None, rule.quest.pk)
    ]
    _apply(_Run(quests, programme, now), wanted)


def _planned(deed: Deed) -> PlannedContribution:
    return PlannedContribution(None, None, deed.pk, deed.occurred_at, rewards.ONE, deed.key)


def count(purchases: Sequence[Purchase], quests: Rulebook, *, programme: Programme, now: datetime, only: int | None = None) -> None:
    """Count purchases in these quests (`only` one of them: the others are its chain). The members are locked already."""
    wanted = [
        Wanted(rule, purchase.member_id, purchase.at, purchase.joined_at, purchase.order_id, None, contributions)
        for purchase in purchases
        for rule in quests.at_place(purchase)
        if (only is None or rule.quest.pk == only) and (contributions := rule.contributions_there(purchase))
    ]
    counting = [rule for pk, rule in quests.rules.items() if only in (None, pk)]
    _apply(_Run(quests, programme, now), of_their_level(wanted), superseded=_no_longer_first(purchases, counting))


def of_their_level(wanted: list[Wanted]) -> list[Wanted]:
    """Without what was bought below the level that a quest is for. One query, where a quest is for a level."""
    asked = [one for one in wanted if one.rule.min_rank is not None]
    if not asked:
        return wanted
    held = levels.held_at(pairs=[(one.member_id, one.at) for one in asked])
    below = {id(one) for one, level in zip(asked, held, strict=True) if level is None or level.rank < (one.rule.min_rank or 0)}
    return [one for one in wanted if id(one) not in below]


def _no_longer_first(purchases: Sequence[Purchase], found: Sequence[Rule]) -> dict[int, set[int]]:
    """Contributions of purchases that a late, earlier one at the same partner has replaced: progress id → contribution ids."""
    quests = [rule.quest.pk for rule in found if rule.trigger.first_only]
    first = {(purchase.member_id, str(purchase.partner_id)): purchase.at for purchase in purchases if purchase.first and purchase.followed}
    if not quests or not first:
        return {}
    members = {member_id for member_id, _key in first}
    rows = Contribution.objects.filter(progress__quest_id__in=quests, progress__member_id__in=id_set(members), order__isnull=False)
    asked = list(rows.values_list("pk", "progress_id", "progress__member_id", "key", "occurred_at", "order_id", "value"))
    bought = {order_id: at for _pk, _progress_id, _member_id, _key, at, order_id, value in asked if value > 0}
    gone = defaultdict(set)
    for pk, progress_id, member_id, key, _at, order_id, _value in asked:
        began = first.get((member_id, key))
        if began is not None and bought.get(order_id, began) > began:
            gone[progress_id].add(pk)
    return gone


def _apply(run: _Run, wanted: Sequence[Wanted], *, superseded: dict[int, set[int]] | None = None) -> None:
    """Bring progress up to what is wanted, and give or take back what follows."""
    gone = superseded or {}
    incoming, touched = _find(run, wanted, gone)
    judged: list[Judged] = []
    again: set[State] = set(touched)
    for state, some in incoming.items():
        if state in again or not _continues(run, state, some):
            again.add(state)
        else:
            judged.append(_go_on(run, state, some))
    if again:
        later = run.quests.after({state.quest_id for state in again})
        store.load_contributions(again | {state for (quest_id, _member_id), states in run.states.items() if quest_id in later for state in states})
        for state in again:
            for one in incoming.get(state, ()):
                state.replace(one.order_id, one.deed_id, one.contributions)
            for source in [source for source, known in state.ids.items() if known in gone.get(state.id or 0, ())]:
                state.drop(source)
        judged += judge_again(run.quests, [state for state in again if state.changed], run.states)
    finish(judged, programme=run.programme, now=run.now)


def _find(run: _Run, wanted: Sequence[Wanted], superseded: Collection[int]) -> tuple[dict[State, list[Wanted]], list[State]]:
    """The progress in whose window each counts, made where the quest begins by itself; and the superseded ones."""
    chains = run.quests.chains({one.rule.quest.pk for one in wanted})
    windows: list[tuple[Wanted, Window | None]] = []
    lookups: set[ProgressLookup] = set()
    for one in wanted:
        quest = one.rule.quest
        window = None
        if quest.starts != Starts.TAKEN:
            window = one.rule.window(one.at, one.joined_at)
            if window is None:
                continue
        windows.append((one, window))
        if quest.pk not in chains:
            lookups.add(ProgressLookup(quest.pk, one.member_id, *((window.start, window.start) if window else (_ALWAYS, one.at))))
    run.keep(store.find(lookups))
    whole = Q(pk__in=list(superseded))
    if chains:
        # All windows, all along the chain: what opens after a quest may have to be worked out again too.
        whole |= Q(member_id__in=id_set({one.member_id for one in wanted}), quest_id__in=sorted(chains))
    if chains or superseded:
        run.keep(store.load(whole))
    incoming: dict[State, list[Wanted]] = defaultdict(list)
    for one, window in windows:
        if (state := _state_for(run, one, window)) is not None:
            incoming[state].append(one)
    return incoming, [state for states in run.states.values() for state in states if state.id in superseded]


def _state_for(run: _Run, one: Wanted, window: Window | None) -> State | None:
    states = run.states[one.rule.quest.pk, one.member_id]
    for state in states:
        if state.window.holds(one.at) if window is None else state.window.start == window.start:
            return state
    if window is None:
        return None
    state = State(one.rule.quest.pk, one.member_id, window)
    states.append(state)
    return state


def _continues(run: _Run, state: State, incoming: Sequence[Wanted]) -> bool:
    """Whether these purchases come after all that counted, nothing of them came back, and no other quest is concerned."""
    if state.quest_id in run.quests.chained or any(len(one.contributions) > 1 for one in incoming):
        return False
    return state.id is None or (state.in_order_to is not None and state.in_order_to < min(one.at for one in incoming))


def _go_on(run: _Run, state: State, incoming: Sequence[Wanted]) -> Judged:
    """Count what comes after all that counted."""
    rule = run.quests.rules[state.quest_id]
    contributions = [one.contributions[0] for one in incoming]
    if len(contributions) > 1:
        contributions.sort(key=lambda planned: (planned.at, planned.order_id or 0, planned.deed_id or 0))
    tally = rule.trigger.tally(rule.target, rule.endless, state.value, state.rounds, state.last_key, state.keys())
    result = onward(tally, [(planned.at, planned.value, planned.key) for planned in contributions])
    state.add(contributions)
    state.note(result, in_order_to=contributions[-1].at)
    return rule, state, result


def judge_again(quests: Rulebook, changed: Iterable[State], states: States) -> list[Judged]:
    """Work out changed progress again from its contributions, then the quests that open after it.

    `states` holds every progress of the chains concerned, with contributions.
    """
    waiting: dict[int, set[State]] = defaultdict(set)
    for state in changed:
        waiting[state.quest_id].add(state)
    judged: list[Judged] = []
    for quest_id, rule in quests.in_order():
        for state in sorted(waiting.pop(quest_id, ()), key=lambda state: (state.member_id, state.window.start)):
            before = state.first_completed_at
            judged.append((rule, state, judge(rule, state, gate_of(rule, state.member_id, states), chained=quest_id in quests.chained)))
            if state.first_completed_at != before:
                for pk in quests.opens.get(quest_id, ()):
                    waiting[pk].update(states.get((pk, state.member_id), ()))
    return judged


def finish(judged: Sequence[Judged], *, programme: Programme, now: datetime) -> None:
    """Write progress that was judged, and what it brings or takes back."""
    if judged:
        store.write([state for _rule, state, _result in judged], now=now)
        rewards.reconcile(judged, programme=programme, now=now)


def gate_of(rule: Rule, member_id: int, states: States) -> datetime | bool | None:
    """From when a quest is open to a member: None: always; False: not yet. What was opened once stays open."""
    gate: datetime | None = None
    for other in rule.requires:
        opened = min((at for state in states.get((other, member_id), ()) if (at := state.first_completed_at) is not None), default=None)
        if opened is None:
            return False
        gate = opened if gate is None else max(gate, opened)
    return gate


def judge(rule: Rule, state: State, gate: datetime | bool | None, *, chained: bool = False) -> Result:
    """Work out one progress from its contributions and note it in the state."""
    counted = state.counted()
    result = Result()
    if not isinstance(gate, bool):
        result = evaluate(
            counted,
            kind=rule.trigger.tally,
            target=rule.target,
            endless=rule.endless,
            keeps=rule.quest.return_policy == ReturnPolicy.KEEP_COMPLETED,
            gate=gate,
        )
    in_order = not chained and all(one.value > ZERO for one in counted)
    state.note(result, in_order_to=max((one.at for one in counted), default=None) if in_order else None)
    return result
