"""Keeps the history of levels equal to what tokens, turnover and overrides give (domain/levels/timeline.py), however they arrive.

A recalculation works out the whole timeline of a member and writes the difference: rows that no longer stand are
superseded, new ones inserted; falls to come are rows with a date after now, so that a level ends at its instant
whether or not a job ran. A constant number of queries per call.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from accounts.models import Member
from loyalty.domain import events, ledger
from loyalty.domain.levels import ladders
from loyalty.domain.levels.timeline import Fact, Given, Held, Rules, Step, timeline
from loyalty.enums import EntryKind, EventKind, LevelReason
from loyalty.lib import translation
from loyalty.lib.batch import insert
from loyalty.lib.errors import DomainError
from loyalty.lib.locks import Scope, ask_lock, lock
from loyalty.lib.rows import Query, fetch, id_set
from loyalty.models import Ladder, Level, LevelHistory, LevelOverride, Order, Programme, Return, Rung

BATCH = 1000
_RISES = (LevelReason.REACHED, LevelReason.LADDER, LevelReason.OVERRIDE)
_COLUMNS = ("member", "level", "since", "until", "reason", "override", "created_at", "announced_at", "warned_at", "seen_at")


class TokensGiven(NamedTuple):
    """Tokens of a member, and when they were taken back."""

    member_id: int
    occurred_at: datetime
    tokens: int
    undone_at: datetime | None


class LevelGiven(NamedTuple):
    """A level that staff gave."""

    id: int
    member_id: int
    level_id: int
    since: datetime
    until: datetime | None


_TOKENS = Query(
    "SELECT entry.member_id, entry.occurred_at, entry.tokens, back.occurred_at FROM loyalty_tokenentry entry "
    "LEFT JOIN loyalty_tokenentry back ON back.reverses_id = entry.id WHERE entry.member_id :ids members AND entry.reverses_id IS NULL",
    TokensGiven,
)
_GIVEN = Query("SELECT :columns given FROM loyalty_leveloverride given WHERE member_id :ids members ORDER BY since, id", LevelGiven)
_STANDING = Query(
    "SELECT :columns history FROM loyalty_levelhistory history WHERE member_id :ids members AND superseded_at IS NULL ORDER BY member_id, since", LevelHistory
)


def recalculate(members: Collection[int], *, programme: Programme, now: datetime) -> None:
    """Bring the history of these members up to their facts, with the gifts and events that follow. Call it in a transaction.

    What it goes by is read in one round trip.
    """
    if not members:
        return
    asked = {"members": sorted(members)}
    ladder_rows, _locked, token_rows, given_rows, standing_rows = fetch(
        ladders.ask(), ask_lock(Scope.LEVELS, members), _TOKENS.ask(**asked), _GIVEN.ask(**asked), _STANDING.ask(**asked)
    )
    rules = ladders.read(ladder_rows)
    if not rules:
        return
    facts = _facts_of_tokens(token_rows)
    if any(one.measure.counts_turnover for one in rules):
        _add_money(facts, members)
    given = _given(given_rows, rules)
    standing: dict[int, list[LevelHistory]] = defaultdict(list)
    for row in standing_rows:
        standing[row.member_id].append(row)
    void: list[int] = []
    rows: list[LevelHistory] = []
    for member_id in sorted(members):
        held = timeline(rules, facts.get(member_id, ()), given.get(member_id, ()), now=now, zone=programme.zone)
        gone, new = _difference(member_id, standing[member_id], held, now=now)
        void += [row.pk for row in gone]
        rows += new
    if void:
        LevelHistory.objects.filter(pk__in=id_set(void)).update(superseded_at=now)
    inserted = [
        (row.member_id, row.level_id, row.since, row.until, row.reason, row.override_id, row.created_at, row.announced_at, row.warned_at, row.seen_at)
        for row in rows
    ]
    for row, pk in zip(rows, insert(LevelHistory, _COLUMNS, inserted, returning=True), strict=True):
        row.pk = pk
    _announce([row for row in rows if row.since <= now], rules, programme=programme, now=now)


def _difference(member_id: int, standing: Sequence[LevelHistory], held: Sequence[Held], *, now: datetime) -> tuple[list[LevelHistory], list[LevelHistory]]:
    """(rows to supersede, rows to insert). What was announced of a level isn't announced again when its row is replaced."""
    wanted = {(one.since, one.level_id, one.until, one.reason, one.given_id): one for one in held}
    gone = [row for row in standing if wanted.pop((row.since, row.level_id, row.until, LevelReason(row.reason), row.override_id), None) is None]
    announced = {row.level_id: row for row in gone}
    new = []
    for one in wanted.values():
        before = announced.get(one.level_id)
        row = LevelHistory(
            member_id=member_id, level_id=one.level_id, since=one.since, until=one.until, reason=one.reason, override_id=one.given_id, created_at=now
        )
        if before is not None:
            row.announced_at, row.seen_at = before.announced_at, before.seen_at
            row.warned_at = before.warned_at if before.until == one.until else None
        new.append(row)
    return gone, new


def _announce(rows: Sequence[LevelHistory], rules: Sequence[Rules], *, programme: Programme, now: datetime) -> None:
    """Give the gifts of the levels reached and write the events, once for each row that stands."""
    fresh = [row for row in rows if row.announced_at is None and row.reason != LevelReason.KEPT]
    if not fresh:
        return
    before = _levels_before(fresh)
    ranks = {step.level_id: step.rank for one in rules for step in one.steps}
    names = _names()
    announced: list[tuple[EventKind, int | None, datetime, dict[str, object]]] = []
    climbed: list[tuple[LevelHistory, int]] = []
    for row in fresh:
        was = before.get((row.member_id, row.since))
        was_rank = ranks.get(was or 0, -1)
        rose = ranks[row.level_id] > was_rank
        if row.reason in _RISES and rose:
            climbed.append((row, was_rank))
        kind = EventKind.LEVEL_REACHED if rose else EventKind.LEVEL_LOST
        payload = {"level": row.level_id, "name": names[row.level_id], "from": was, "history": row.pk, "reason": str(row.reason)}
        announced.append((kind, row.member_id, row.since, payload))
    _give_gifts(climbed, programme=programme, now=now)
    LevelHistory.objects.filter(pk__in=id_set(row.pk for row in fresh)).update(announced_at=now)
    events.record(announced, now=now)


def _levels_before(rows: Sequence[LevelHistory]) -> dict[tuple[int, datetime], int | None]:
    """(member, instant) → the level held just before that instant."""
    by_member: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    standing = LevelHistory.objects.filter(member_id__in=id_set({row.member_id for row in rows}), superseded_at__isnull=True)
    for member_id, since, level_id in standing.order_by("member_id", "since").values_list("member_id", "since", "level_id"):
        by_member[member_id].append((since, level_id))
    lowest = Rung.objects.order_by("-ladder__valid_from", "level__rank").values_list("level_id", flat=True).first()
    return {(row.member_id, row.since): next((level_id for since, level_id in reversed(by_member[row.member_id]) if since < row.since), lowest) for row in rows}


def _names() -> dict[int, str]:
    """What levels are called where it is written down."""
    return {level.pk: translation.first(translation.each(level, "name")) for level in Level.objects.all()}


def _give_gifts(climbed: Sequence[tuple[LevelHistory, int]], *, programme: Programme, now: datetime) -> None:
    """One-time points of every level passed on the way up, each once in a member's life."""
    gifts: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for rung in Rung.objects.filter(gift_points__gt=0).select_related("level"):
        gifts[rung.ladder_id].append((rung.level.rank, rung.level_id, rung.gift_points))
    if not gifts or not climbed:
        return
    ladder_rows = list(Ladder.objects.order_by("-valid_from").values_list("pk", "valid_from"))
    ranks = dict(Level.objects.values_list("pk", "rank"))
    names = _names()
    postings = []
    for row, was_rank in climbed:
        ladder_id = next((pk for pk, valid_from in ladder_rows if valid_from <= row.since), None)
        for rank, level_id, points in gifts.get(ladder_id or 0, ()):
            if was_rank < rank <= ranks[row.level_id]:
                key = f"level:{level_id}:{row.member_id}"
                postings.append(
                    ledger.credit(member_id=row.member_id, kind=EntryKind.REWARD, points=points, programme=programme, now=now, key=key, reason=names[level_id])
                )
    if postings:
        ledger.post(postings, now=now)


def override_level(
    *, member_id: int, level_id: int, until: datetime | None, reason: str, actor_id: int | None, programme: Programme, now: datetime
) -> LevelOverride:
    """Give a member a level from now on, with a reason; until `until`, or as long as levels are held.

    Raises DomainError: reason_missing, unknown_level, override_ends_before_it_begins.
    """
    if not reason.strip():
        raise DomainError("reason_missing", "Say why the level is given.")
    if until is not None and until <= now:
        raise DomainError("override_ends_before_it_begins", "The end must be later than now.")
    with transaction.atomic():
        ladder = ladders.ladder_in_force(now)
        if ladder is None or all(rung.level_id != level_id for rung in ladder.rungs.all()):
            raise DomainError("unknown_level", "There is no such level on the ladder.")
        lock(Scope.LEVELS, [member_id])
        made = LevelOverride.objects.create(
            member_id=member_id, level_id=level_id, since=now, until=until, reason=reason.strip(), actor_id=actor_id, created_at=now
        )
        recalculate([member_id], programme=programme, now=now)
        return made


def recalculate_all(*, programme: Programme, now: datetime) -> int:
    """Work out everybody's history again, a thousand members a transaction (after new rules). Returns how many. Safe to repeat."""
    done = 0
    for members in batches_of_members():
        with transaction.atomic():
            recalculate(members, programme=programme, now=now)
        done += len(members)
    return done


def settle_due(*, programme: Programme, now: datetime) -> int:
    """Announce falls that have come, renew what ended, and warn of falls that are near. Returns how many members were touched.

    Nothing depends on when it runs but the news: what a member holds at an instant is in the history already.
    """
    seen: set[int] = set()
    standing = LevelHistory.objects.filter(superseded_at__isnull=True, since__lte=now)
    while True:
        with transaction.atomic():
            ended = standing.filter(until__lte=now).exclude(_followed()).values_list("member_id", flat=True)
            due = standing.filter(announced_at__isnull=True).exclude(reason=LevelReason.KEPT).values_list("member_id", flat=True)
            members = list(dict.fromkeys([*ended.order_by("member_id").distinct()[:BATCH], *due.order_by("member_id").distinct()[:BATCH]]))
            if seen.issuperset(members):
                break
            recalculate(members, programme=programme, now=now)
            rows = list(LevelHistory.objects.filter(member_id__in=id_set(members), superseded_at__isnull=True, since__lte=now, announced_at__isnull=True))
            _announce(rows, ladders.load_ladders(), programme=programme, now=now)
            seen.update(members)
    return len(seen) + _warn(programme=programme, now=now)


def _followed() -> Q:
    """A row that another one follows by its end."""
    later = LevelHistory.objects.filter(member_id=OuterRef("member_id"), superseded_at__isnull=True, since__gt=OuterRef("since"), since__lte=OuterRef("until"))
    return Q(Exists(later))


def _warn(*, programme: Programme, now: datetime) -> int:
    """Tell members whose level runs out within the ladder's warning days, once for each end."""
    ladder = ladders.ladder_in_force(now)
    if ladder is None or not ladder.warning_days:
        return 0
    rungs = {rung.level_id: rung for rung in ladder.rungs.all()}
    warned = 0
    while True:
        with transaction.atomic():
            falls = list(
                LevelHistory.objects.filter(
                    superseded_at__isnull=True,
                    reason=LevelReason.FELL,
                    since__gt=now,
                    since__lte=now + timedelta(days=ladder.warning_days),
                    warned_at__isnull=True,
                ).order_by("since", "pk")[:BATCH]
            )
            if not falls:
                return warned
            was = _levels_before(falls)
            announced: list[tuple[EventKind, int | None, datetime, dict[str, object]]] = []
            facts = load_facts({row.member_id for row in falls}, turnover=True)
            for row in falls:
                level_id = was[row.member_id, row.since]
                tokens, money = counted_at(facts.get(row.member_id, []), ladder, row.since, programme)
                rung = rungs.get(level_id or 0)
                payload: dict[str, object] = {"level": level_id, "falls_to": row.level_id, "at": row.since.isoformat()}
                if rung is not None:
                    payload |= {"tokens_missing": max(0, rung.tokens - tokens), "turnover_missing": str(max(Decimal(0), rung.turnover - money))}
                announced.append((EventKind.LEVEL_AT_RISK, row.member_id, now, payload))
            LevelHistory.objects.filter(pk__in=id_set(row.pk for row in falls)).update(warned_at=now)
            events.record(announced, now=now)
            warned += len(falls)


def counted_at(facts: Sequence[Fact], ladder: Ladder, at: datetime, programme: Programme) -> tuple[int, Decimal]:
    """Tokens and turnover that count at an instant under a ladder."""
    rules = Rules(ladder.valid_from, ladder.measure, ladder.window_days, ladder.fall, ladder.validity, ladder.validity_days, ())  # type: ignore[arg-type]
    start = rules.counts_from(at, programme.zone)
    own = [fact for fact in facts if fact.at <= at and (start is None or fact.at >= start) and (fact.until is None or fact.until > at)]
    return sum(fact.tokens for fact in own), sum((fact.money for fact in own), Decimal(0))


def load_facts(members: Collection[int], *, turnover: bool) -> dict[int, list[Fact]]:
    """Tokens and, where asked for, money of members, with the dates on which they were undone. At most three queries."""
    facts = _facts_of_tokens(_TOKENS.ask(members=sorted(members)).rows())
    if turnover:
        _add_money(facts, members)
    return facts


def _facts_of_tokens(rows: Sequence[TokensGiven]) -> dict[int, list[Fact]]:
    facts: dict[int, list[Fact]] = defaultdict(list)
    for row in rows:
        facts[row.member_id].append(Fact(row.occurred_at, tokens=row.tokens, until=row.undone_at))
    return facts


def _add_money(facts: dict[int, list[Fact]], members: Collection[int]) -> None:
    ids = id_set(members)
    money = F("total") - F("paid_with_points")
    back: dict[int | None, list[tuple[datetime, Decimal]]] = defaultdict(list)
    returns = Return.objects.filter(member_id__in=ids).order_by("occurred_at", "pk").values_list("order_id", "member_id", "occurred_at", money)
    for order_id, member_id, at, value in returns:
        if order_id is None:
            facts[member_id].append(Fact(at, money=-Decimal(value)))
        else:
            back[order_id].append((at, Decimal(value)))
    orders = Order.objects.filter(member_id__in=ids).values_list("pk", "member_id", "occurred_at", F("total") - F("discount") - F("paid_with_points"))
    for pk, member_id, at, paid in orders:
        left = Decimal(paid)
        for returned_at, value in back.get(pk, ()):
            part = min(left, value)
            facts[member_id].append(Fact(at, money=part, until=returned_at))
            left -= part
        if left:
            facts[member_id].append(Fact(at, money=left))


def load_given(members: Collection[int], rules: Sequence[Rules]) -> dict[int, list[Given]]:
    """What staff gave to members. One query."""
    return _given(_GIVEN.ask(members=sorted(members)).rows(), rules)


def _given(rows: Sequence[LevelGiven], rules: Sequence[Rules]) -> dict[int, list[Given]]:
    steps: dict[int, Step] = {step.level_id: step for one in rules for step in one.steps}
    given: dict[int, list[Given]] = defaultdict(list)
    for row in rows:
        if row.level_id in steps:
            given[row.member_id].append(Given(row.since, steps[row.level_id], row.until, row.id))
    return given


def batches_of_members() -> Iterator[list[int]]:
    """The ids of all members, a thousand at a time."""
    last = 0
    while batch := list(Member.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield batch
        last = batch[-1]


def mark_level_up_seen(member_id: int, history_id: int, *, now: datetime) -> bool:
    """The member was shown a level-up; with it all earlier ones. False: it isn't theirs, or was seen before."""
    row = LevelHistory.objects.filter(pk=history_id, member_id=member_id).first()
    if row is None:
        return False
    return bool(LevelHistory.objects.filter(member_id=member_id, since__lte=row.since, seen_at__isnull=True).update(seen_at=now))
