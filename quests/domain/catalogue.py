"""The published quests as the engine reads them, put together once for as long as they stay the same.

Making sixty quests ready costs more than a purchase may. So the database is asked for a digest of everything that the
engine reads of them, and what was made for that digest before is used again: it can't be out of date, whoever changed a
quest, in whatever process.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from django.db import connection

from loyalty.lib import sql
from loyalty.lib.sql import Asked, Statement
from loyalty.models import Level
from quests.domain import rules
from quests.domain.purchase import Purchase
from quests.domain.rules import Rule
from quests.models import Quest

# Texts for members, and what moves with every reward; anything else of a quest makes it another one.
_NOT_READ = ("summary", "story", "icon", "picture", "visible_from", "position", "winners", "created_at")
_KEPT = 8
_MOST_PLACES = 20_000
_kept: dict[tuple[str, str], "Catalogue"] = {}


class Catalogue:
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


def published(*, zone: ZoneInfo, since: datetime | None = None) -> Catalogue:
    """The published quests that may still count something dated `since` or later. One query, and three more where they have changed."""
    return read(_digest_now(since), zone=zone, since=since)


def ask(order_ids: Collection[int]) -> Asked:
    """Asks for the digest of the quests that may count these orders, for `read`."""
    return _digest(connection.vendor, "(SELECT min(occurred_at) FROM loyalty_order WHERE id :ids orders)").ask(orders=list(order_ids))


def read(digest: str, *, zone: ZoneInfo, since: datetime | None) -> Catalogue:
    """The quests with this digest. They are asked for only if they aren't known."""
    key = (digest, str(zone))
    if key in _kept:
        return _kept[key]
    made = Catalogue(rules.load(zone=zone, since=since))
    if _digest_now(since) == digest:
        # Nobody changed them while they were read.
        while len(_kept) >= _KEPT:
            del _kept[next(iter(_kept))]
        _kept[key] = made
    return made


def _digest_now(since: datetime | None) -> str:
    [[(found,)]] = sql.fetch(_digest(connection.vendor, "%(since)s" if connection.vendor == "sqlite" else "%(since)s::timestamptz").ask(since=since))
    return found or ""


@cache
def _digest(vendor: str, since: str) -> Statement:
    columns = ", ".join(f"quest.{field.column}" for field in Quest._meta.concrete_fields if getattr(field, "translated_field", field).name not in _NOT_READ)
    level, requires = Level._meta.db_table, Quest.requires.through._meta.db_table
    if vendor == "postgresql":
        after = f"(SELECT array_agg(needed.to_quest_id ORDER BY needed.id) FROM {requires} needed WHERE needed.from_quest_id = quest.id)"
        row = f"md5(string_agg(ROW({columns}, level.rank, {after})::text, '' ORDER BY quest.id))"
    else:
        after = f"(SELECT group_concat(needed.to_quest_id) FROM {requires} needed WHERE needed.from_quest_id = quest.id)"
        row = f"group_concat(json_array({columns}, level.rank, {after}))"
    return Statement(
        f"SELECT {row} FROM quests_quest quest LEFT JOIN {level} level ON level.id = quest.min_level_id "
        f"WHERE quest.is_published AND ({since} IS NULL OR quest.ends_at IS NULL OR quest.ends_at > {since})"
    )
