"""Gives what completions bring and takes it back: tokens, points and the news, each exactly once.

A completion is one row for a round of a progress. Its reward has keys of its own for every time it is given, so that
nothing is given twice however often and by whomever a progress is worked out. Points of a completion that was undone
come back as those of a return do: what can't be taken is debt or forgiven, as the programme says.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from loyalty.domain import events, ledger, levels
from loyalty.domain.ledger import PlannedEntry
from loyalty.domain.levels import TokenPosting
from loyalty.enums import EntryKind, EventKind
from loyalty.lib.batch import insert
from loyalty.lib.locks import Scope, lock
from loyalty.lib.rows import Query
from loyalty.lib.translation import each, first
from loyalty.models import Programme
from quests.domain.evaluate import Result, Stretch
from quests.domain.rules import Rule
from quests.domain.store import State
from quests.models import Completion, Quest

ONE = Decimal(1)
_COLUMNS = ("progress", "number", "completed_at", "undone_at", "rewarded", "tokens", "points", "version", "created_at")
_FIND = Query("SELECT :columns completion FROM quests_completion completion WHERE progress_id :ids progress", Completion)


class _Changed(NamedTuple):
    id: int
    completed_at: datetime
    undone_at: datetime | None
    rewarded: bool
    tokens: int
    points: int
    version: int


_UPDATE = Query[Any](
    "UPDATE quests_completion SET completed_at = changed.completed_at, undone_at = changed.undone_at, rewarded = changed.rewarded, tokens = changed.tokens, "
    "points = changed.points, version = changed.version FROM :rows changed WHERE quests_completion.id = changed.id",
    changed=_Changed,
)
Judged = Sequence[tuple[Rule, State, Result]]


@dataclass
class _Plan:
    """What a call will write."""

    programme: Programme
    now: datetime
    new: list[tuple[Rule, State, Completion]] = field(default_factory=list)
    changed: list[Completion] = field(default_factory=list)
    # Rewards to give and to take back.
    won: list[tuple[Rule, State, Completion]] = field(default_factory=list)
    lost: list[tuple[Rule, State, Completion]] = field(default_factory=list)
    postings: list[TokenPosting] = field(default_factory=list)
    moved: list[tuple[Rule, State, Completion, datetime]] = field(default_factory=list)
    # Tokens given again count from when the first were taken back.
    given_at: dict[int, datetime] = field(default_factory=dict)


def reconcile(judged: Judged, *, programme: Programme, now: datetime) -> None:
    """Bring completions and their rewards up to what was judged. Call it in a transaction with the members locked."""
    with_rounds = [one for one in judged if one[2].stretches or (one[1].had_rounds and not one[2].only_new)]
    if not with_rounds:
        return
    rows: dict[int, dict[int, Completion]] = defaultdict(dict)
    for row in _FIND.ask(progress=[_id(state) for _rule, state, _result in with_rounds]).rows():
        rows[row.progress_id][row.number] = row
    plan = _Plan(programme, now)
    for rule, state, result in with_rounds:
        last = {stretch.number: stretch for stretch in result.stretches}
        known = rows.get(_id(state), {})
        for number in sorted(last if result.only_new else last.keys() | known.keys()):
            _compare(plan, rule, state, known.get(number), last.get(number))
    _write(plan)


def _id(state: State) -> int:
    assert state.id is not None
    return state.id


def _compare(plan: _Plan, rule: Rule, state: State, row: Completion | None, last: Stretch | None) -> None:
    """Plan what makes one round's row equal to its last stretch."""
    if row is None:
        assert last is not None
        made = Completion(
            progress_id=_id(state), number=last.number, completed_at=last.since, undone_at=last.until, rewarded=last.until is None, created_at=plan.now
        )
        plan.new.append((rule, state, made))
        if last.until is None:
            plan.won.append((rule, state, made))
        return
    if last is None:
        if row.undone_at is None:
            _undo(plan, rule, state, row, at=row.completed_at)
        return
    if (row.completed_at, row.undone_at) == (last.since, last.until):
        return
    if row.undone_at is None:
        if row.completed_at != last.since:
            plan.moved.append((rule, state, row, row.completed_at))
            row.completed_at = last.since
            plan.changed.append(row)
        if last.until is not None:
            _undo(plan, rule, state, row, at=last.until)
    elif last.until is None:
        # Completed again: a reward of its own, once more under the cap.
        plan.given_at[id(row)] = max(last.since, row.undone_at)
        row.completed_at, row.undone_at, row.version = last.since, None, row.version + 1
        plan.changed.append(row)
        plan.won.append((rule, state, row))
    else:
        row.completed_at, row.undone_at = last.since, last.until
        plan.changed.append(row)


def _undo(plan: _Plan, rule: Rule, state: State, row: Completion, *, at: datetime) -> None:
    row.undone_at = at
    plan.changed.append(row)
    plan.lost.append((rule, state, row))


def _write(plan: _Plan) -> None:
    """Write completions first: the keys of rewards name them."""
    _share_out(plan)
    _lock_accounts(plan)
    postings = _moving(plan)
    made = [row for _rule, _state, row in plan.new]
    values = [(row.progress_id, row.number, row.completed_at, row.undone_at, row.rewarded, row.tokens, row.points, row.version, row.created_at) for row in made]
    for row, pk in zip(made, insert(Completion, _COLUMNS, values, returning=True), strict=True):
        row.pk = pk
    changed = {row.pk: row for row in plan.changed}.values()
    if changed:
        rows_changed = [_Changed(row.pk, row.completed_at, row.undone_at, row.rewarded, row.tokens, row.points, row.version) for row in changed]
        _UPDATE.ask(changed=rows_changed).rows()
    news: list[tuple[EventKind, int | None, datetime, dict[str, object]]] = []
    for rule, state, row in plan.won:
        news.append((EventKind.QUEST_COMPLETED, state.member_id, row.completed_at, _payload(rule, row)))
    for rule, state, row in plan.lost:
        assert row.undone_at is not None
        news.append((EventKind.QUEST_TAKEN_BACK, state.member_id, row.undone_at, _payload(rule, row)))
    events.record(news, now=plan.now)
    levels.post_tokens([*postings, *_token_postings(plan)], programme=plan.programme, now=plan.now)
    _post_points(plan)


def _lock_accounts(plan: _Plan) -> None:
    """Lock levels and accounts at once and in the order of ids: tokens, gifts and points are written one after the other."""
    members = {state.member_id for _rule, state, row in (*plan.won, *plan.lost) if row.tokens or row.points}
    members |= {state.member_id for _rule, state, row, _was in plan.moved if row.tokens}
    if members:
        lock(Scope.LEVELS, members)
        ledger.lock_members(members)


def _share_out(plan: _Plan) -> None:
    """Say who is rewarded. A quest with a cap is locked: no more are rewarded than it allows, whoever races."""
    capped = sorted({rule.quest.pk for rule, _state, _row in (*plan.won, *plan.lost) if rule.quest.winners_cap is not None})
    quests = {quest.pk: quest for quest in Quest.objects.select_for_update(of=("self",)).filter(pk__in=capped).order_by("pk")} if capped else {}
    for rule, _state, row in plan.lost:
        if row.rewarded and (quest := quests.get(rule.quest.pk)):
            quest.winners -= 1
    for rule, _state, row in sorted(plan.won, key=lambda one: (one[2].completed_at, one[1].member_id)):
        quest = quests.get(rule.quest.pk)
        row.rewarded = quest is None or quest.winners_cap is None or quest.winners < quest.winners_cap
        if quest is not None and row.rewarded:
            quest.winners += 1
        row.tokens = rule.quest.reward_tokens if row.rewarded else 0
        row.points = rule.quest.reward_points if row.rewarded else 0
    for quest in quests.values():
        quest.save(update_fields=["winners"])


def _payload(rule: Rule, row: Completion) -> dict[str, object]:
    titles = each(rule.quest, "title")
    return {
        "quest": rule.quest.pk,
        "title": first(titles),
        "titles": titles,
        "completion": row.pk,
        "tokens": row.tokens,
        "points": row.points,
    }


def _moving(plan: _Plan) -> list[TokenPosting]:
    """Where the date was wrong: the entry never counted, another with the right date does."""
    postings: list[TokenPosting] = []
    for rule, state, row, was in plan.moved:
        if row.tokens:
            postings.append(_undoing(rule, state, row, at=was, silent=True))
            row.version += 1
            postings.append(_giving(rule, state, row, silent=True))
    return postings


def _token_postings(plan: _Plan) -> list[TokenPosting]:
    postings = [_giving(rule, state, row, at=plan.given_at.get(id(row))) for rule, state, row in plan.won if row.tokens]
    return postings + [_undoing(rule, state, row, at=row.undone_at) for rule, state, row in plan.lost if row.tokens and row.undone_at is not None]


def _giving(rule: Rule, state: State, row: Completion, *, at: datetime | None = None, silent: bool = False) -> TokenPosting:
    quest = rule.quest
    return TokenPosting(
        state.member_id,
        row.tokens,
        at or row.completed_at,
        f"quest:{row.pk}:{row.version}",
        reference=f"quest:{quest.pk}",
        titles=each(quest, "title"),
        silent=silent,
    )


def _undoing(rule: Rule, state: State, row: Completion, *, at: datetime, silent: bool = False) -> TokenPosting:
    quest = rule.quest
    return TokenPosting(
        state.member_id,
        -row.tokens,
        at,
        f"quest_back:{row.pk}:{row.version}",
        undoes=f"quest:{row.pk}:{row.version}",
        reference=f"quest:{quest.pk}",
        titles=each(quest, "title"),
        silent=silent,
    )


def _title(rule: Rule) -> str:
    """What the ledger calls the quest, whoever reads it."""
    return first(each(rule.quest, "title"))


def _post_points(plan: _Plan) -> None:
    """Credit points now (a late file may complete a quest of last month), and take back those of completions undone."""
    credits_ = [
        ledger.credit(
            member_id=state.member_id,
            kind=EntryKind.QUEST,
            points=row.points,
            programme=plan.programme,
            now=plan.now,
            key=f"quest_points:{row.pk}:{row.version}",
            funder_id=rule.quest.sponsor_id,
            reason=_title(rule),
        )
        for rule, state, row in plan.won
        if row.points
    ]
    if credits_:
        ledger.post(credits_, now=plan.now)
    lost = [(rule, state, row) for rule, state, row in plan.lost if row.points]
    if lost:
        members = {state.member_id for _rule, state, _row in lost}
        book = ledger.load_book(members, debited=members, since=plan.now, now=plan.now)
        for rule, state, row in lost:
            key = f"quest_points_back:{row.pk}:{row.version}"
            entry = PlannedEntry(state.member_id, EntryKind.QUEST, -row.points, plan.now, key=key, reason=_title(rule), partner_id=rule.quest.sponsor_id)
            book.take_back(entry, due=row.points, own=None, expired_before=0, shortfall=plan.programme.return_shortfall)
        ledger.write(book)
