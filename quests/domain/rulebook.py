"""The published quests as the engine reads them, put together once for as long as they stay the same.

Making sixty quests ready costs more than a purchase may. So the database is asked for a digest of everything that the
engine reads of them, and what was made for that digest before is used again: it can't be out of date, whoever changed a
quest, in whatever process.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from loyalty.lib.rows import Ask, Query
from loyalty.models import Level
from quests.domain import rules
from quests.domain.rules import Rule
from quests.models import Quest
from quests.triggers.base.purchase import Purchase

# Texts for members, and what moves with every reward; anything else of a quest makes it another one.
_NOT_READ = ("summary", "story", "icon", "picture", "visible_from", "position", "winners", "created_at")
_KEPT = 8
_MOST_PLACES = 20_000
_kept: dict[tuple[str, str], "Rulebook"] = {}


class Digest(NamedTuple):
    """Differs where what the engine reads of the quests differs; None: there are none."""

    text: str | None


class Rulebook:
    """Quests with their rules by id."""

    def __init__(self, found: Sequence[Rule]) -> None:
        self.rules = {rule.quest.pk: rule for rule in found}
        self.opens: dict[int, list[int]] = {}
        for pk, rule in self.rules.items():
            for other in rule.requires:
                self.opens.setdefault(other, []).append(pk)
        # Those that open after another, or that another opens after.
        self.chained = frozenset(pk for pk, rule in self.rules.items() if rule.requires or pk in self.opens)
        self._of_purchases = [rule for rule in found if rule.trigger.of_purchases]
        self._places: dict[tuple[int, int | None, str], list[Rule]] = {}

    def at_place(self, purchase: Purchase) -> list[Rule]:
        """The rules for which the place of a purchase counts."""
        place = (purchase.partner_id, purchase.category_id, purchase.city)
        found = self._places.get(place)
        if found is None:
            if len(self._places) >= _MOST_PLACES:
                self._places.clear()
            found = self._places[place] = [rule for rule in self._of_purchases if rule.conditions.at_place(*place)]
        return found

    def after(self, quests: Collection[int]) -> set[int]:
        """Quests that open after these, all along the chain."""
        found: set[int] = set()
        while more := {pk for pk in self.chained if pk not in found and any(other in quests or other in found for other in self.rules[pk].requires)}:
            found |= more
        return found

    def in_order(self) -> list[tuple[int, Rule]]:
        """Quests, each after those it opens after."""
        placed: dict[int, Rule] = {pk: rule for pk, rule in self.rules.items() if not rule.requires}
        left = [pk for pk in sorted(self.rules) if pk not in placed]
        while left:
            ready = [pk for pk in left if all(other in placed or other not in self.rules for other in self.rules[pk].requires)] or left[:1]
            placed.update((pk, self.rules[pk]) for pk in ready)
            left = [pk for pk in left if pk not in placed]
        return list(placed.items())

    def chains(self, quests: Collection[int]) -> set[int]:
        """Of these quests and those that open after them: all that stand in a chain, on either side."""
        if not self.chained.intersection(quests):
            return set()
        later = self.after(quests)
        needed = {other for pk in (*quests, *later) if pk in self.rules for other in self.rules[pk].requires}
        return later | needed | self.chained.intersection(quests)


def published(*, zone: ZoneInfo, since: datetime | None = None) -> Rulebook:
    """The published quests that may still count something dated `since` or later. One query, and three more where they have changed."""
    return read(_digest_now(since), zone=zone, since=since)


def ask(order_ids: Collection[int]) -> Ask[Digest]:
    """Asks for the digest of the quests that may count these orders, for `read`."""
    return _digest("(SELECT min(occurred_at) FROM loyalty_order WHERE id :ids orders)").ask(orders=order_ids)


def read(digest: str, *, zone: ZoneInfo, since: datetime | None) -> Rulebook:
    """The quests with this digest. They are asked for only if they aren't known."""
    key = (digest, str(zone))
    if key in _kept:
        return _kept[key]
    made = Rulebook(rules.load(zone=zone, since=since))
    if _digest_now(since) == digest:
        # Nobody changed them while they were read.
        while len(_kept) >= _KEPT:
            del _kept[next(iter(_kept))]
        _kept[key] = made
    return made


def _digest_now(since: datetime | None) -> str:
    [found] = _digest("CAST(%(since)s AS :instant)").ask(since=since).rows()
    return found.text or ""


@cache
def _digest(since: str) -> Query[Digest]:
    columns = [field.column for field in Quest._meta.concrete_fields if getattr(field, "translated_field", field).name not in _NOT_READ]
    level, requires = Level._meta.db_table, Quest.requires.through._meta.db_table
    after = f"SELECT CAST(to_quest_id AS text) AS other FROM {requires} needed WHERE needed.from_quest_id = quest.id ORDER BY needed.id"
    read = (
        f"SELECT {', '.join(f'quest.{column}' for column in columns)}, level.rank, (SELECT :join(other, ',') FROM ({after}) needed) AS after "
        f"FROM quests_quest quest LEFT JOIN {level} level ON level.id = quest.min_level_id "
        f"WHERE quest.is_published AND ({since} IS NULL OR quest.ends_at IS NULL OR quest.ends_at > {since}) ORDER BY quest.id"
    )
    record = f":record({', '.join(f'found.{column}' for column in (*columns, 'rank', 'after'))})"
    return Query(f"SELECT :digest(:join(CAST({record} AS text), '')) FROM ({read}) found", Digest)
