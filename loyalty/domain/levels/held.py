"""Which level a member held at an instant, and what it adds to a purchase. One query, however many purchases."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import get_language

from loyalty.domain.earning import Rate
from loyalty.enums import LotSource
from loyalty.lib import sql
from loyalty.lib.sql import Asked, Row, Statement


@dataclass(slots=True, frozen=True)
class LevelHeld:
    """A level with what it gives under the ladder of the instant asked about. `extra_pct` in percent over the base."""

    level_id: int
    slug: str
    rank: int
    name: str
    name_en: str
    metal: int
    extra_pct: Decimal

    @property
    def title(self) -> str:
        """The name in the language of the reader."""
        return self.name_en if self.name_en and not (get_language() or "ru").startswith("ru") else self.name

    def rate(self) -> Rate | None:
        """What the level adds to a purchase, paid by the operator; None: nothing."""
        return Rate(LotSource.LEVEL, self.extra_pct, None, self.name) if self.extra_pct else None


_ASKED = {
    "postgresql": "SELECT place, member_id, at FROM unnest(%(members)s::bigint[], %(instants)s::timestamptz[]) WITH ORDINALITY AS pair(member_id, at, place)",
    "sqlite": "SELECT key + 1, json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(%(pairs)s)",
}
# The ladder in force, and on it what the row of history says that stands; without one, the lowest rung.
_HELD_AT = """
WITH asked(place, member_id, at) AS ({asked}),
     ruled AS (
        SELECT asked.*, (SELECT ladder.id FROM loyalty_ladder ladder WHERE ladder.valid_from <= asked.at ORDER BY ladder.valid_from DESC LIMIT 1) AS ladder_id
          FROM asked
     )
SELECT ruled.place, level.id, level.slug, level.rank, level.name, level.name_en, level.metal, rung.extra_pct
  FROM ruled
  JOIN loyalty_rung rung ON rung.ladder_id = ruled.ladder_id
  JOIN loyalty_level level ON level.id = rung.level_id
 WHERE rung.level_id = COALESCE(
        (SELECT history.level_id FROM loyalty_levelhistory history
          WHERE history.member_id = ruled.member_id AND history.superseded_at IS NULL AND history.since <= ruled.at
          ORDER BY history.since DESC LIMIT 1),
        (SELECT lowest.level_id FROM loyalty_rung lowest JOIN loyalty_level named ON named.id = lowest.level_id
          WHERE lowest.ladder_id = ruled.ladder_id ORDER BY named.rank LIMIT 1))
"""


_HELD = {vendor: Statement(_HELD_AT.format(asked=asked), "plain plain plain plain plain plain plain decimal") for vendor, asked in _ASKED.items()}


def held_at(*, pairs: Sequence[tuple[int, datetime]]) -> list[LevelHeld | None]:
    """The level each (member id, instant) held then, in the order of the pairs; None: there was no ladder. One query."""
    if not pairs:
        return []
    return read_held(pairs, sql.fetch(ask_held(pairs))[0])


def ask_held(pairs: Sequence[tuple[int, datetime]]) -> Asked:
    """Asks for what read_held reads."""
    asked = list(dict.fromkeys(pairs))
    if connection.vendor == "postgresql":
        # Each as one array, whatever the number of pairs.
        values = {"members": sql.array("bigint", [pair[0] for pair in asked]), "instants": sql.array("timestamptz", [pair[1] for pair in asked])}
        return _HELD[connection.vendor].ask(**values)
    return _HELD[connection.vendor].ask(pairs=json.dumps([(member_id, connection.ops.adapt_datetimefield_value(at)) for member_id, at in asked]))


def read_held(pairs: Sequence[tuple[int, datetime]], rows: Sequence[Row]) -> list[LevelHeld | None]:
    """As held_at, from the rows of ask_held."""
    asked = list(dict.fromkeys(pairs))
    found = {asked[row[0] - 1]: _held(row) for row in rows}
    return [found.get(pair) for pair in pairs]


def _held(row: tuple[Any, ...]) -> LevelHeld:
    _place, level_id, slug, rank, name, name_en, metal, pct = row
    return LevelHeld(level_id, slug, rank, name, name_en, metal, Decimal(str(pct)))


def held_by(member_id: int, *, at: datetime) -> LevelHeld | None:
    """The level a member held at an instant."""
    return held_at(pairs=[(member_id, at)])[0]
