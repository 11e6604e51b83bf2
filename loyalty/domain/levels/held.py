"""Which level a member held at an instant, and what it adds to a purchase. One query, however many purchases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from loyalty.domain.earning import Rate
from loyalty.enums import LotSource
from loyalty.lib import translation
from loyalty.lib.rows import Ask, Query
from loyalty.lib.shapes import Shape


@dataclass(slots=True, frozen=True)
class LevelHeld:
    """A level with what it gives under the ladder of the instant asked about. `extra_pct` in percent over the base, `names` by language."""

    level_id: int
    slug: str
    rank: int
    metal: int
    extra_pct: Decimal
    names: Mapping[str, str]

    @property
    def name(self) -> str:
        """In the language of the reader."""
        return translation.chosen(self.names)

    def rate(self) -> Rate | None:
        """What the level adds to a purchase, paid by the operator; None: nothing. The explanation of the purchase keeps its name."""
        return Rate(LotSource.LEVEL, self.extra_pct, None, translation.first(self.names)) if self.extra_pct else None


class _At(NamedTuple):
    """Whose level is asked for, as of when; `place` names the pair in the answer."""

    place: int
    member_id: int
    at: datetime


class HeldThen(NamedTuple):
    """The level of a pair."""

    place: int
    level: LevelHeld


def _held(row: Sequence[Any]) -> HeldThen:
    place, level_id, slug, rank, metal, pct, *names = row
    return HeldThen(place, LevelHeld(level_id, slug, rank, metal, pct, dict(zip(translation.LANGUAGES, names, strict=True))))


_NAMES = translation.columns("name")
_KINDS = ("bigint", "bigint", "text", "bigint", "bigint", "numeric(6,3)", *("text" for _language in _NAMES))
# The ladder in force, and on it what the row of history says that stands; without one, the lowest rung.
_HELD: Query[HeldThen] = Query(
    """
WITH ruled AS (
        SELECT asked.*, (SELECT ladder.id FROM loyalty_ladder ladder WHERE ladder.valid_from <= asked.at ORDER BY ladder.valid_from DESC LIMIT 1) AS ladder_id
          FROM :rows asked
     )
SELECT ruled.place, level.id, level.slug, level.rank, level.metal, rung.extra_pct, {names}
  FROM ruled
  JOIN loyalty_rung rung ON rung.ladder_id = ruled.ladder_id
  JOIN loyalty_level level ON level.id = rung.level_id
 WHERE rung.level_id = COALESCE(
        (SELECT history.level_id FROM loyalty_levelhistory history
          WHERE history.member_id = ruled.member_id AND history.superseded_at IS NULL AND history.since <= ruled.at
          ORDER BY history.since DESC LIMIT 1),
        (SELECT lowest.level_id FROM loyalty_rung lowest JOIN loyalty_level named ON named.id = lowest.level_id
          WHERE lowest.ladder_id = ruled.ladder_id ORDER BY named.rank LIMIT 1))
""".replace("{names}", ", ".join(f"level.{column}" for column in _NAMES)),
    Shape(("place", "level_id", "slug", "rank", "metal", "extra_pct", *_NAMES), _KINDS, _held, (slice(6 + len(_NAMES)),)),
    asked=_At,
)


def held_at(*, pairs: Sequence[tuple[int, datetime]]) -> list[LevelHeld | None]:
    """The level each (member id, instant) held then, in the order of the pairs; None: there was no ladder. One query."""
    if not pairs:
        return []
    return read_held(pairs, ask_held(pairs).rows())


def ask_held(pairs: Sequence[tuple[int, datetime]]) -> Ask[HeldThen]:
    """Asks for what read_held reads."""
    return _HELD.ask(asked=[(place, *pair) for place, pair in enumerate(dict.fromkeys(pairs))])


def read_held(pairs: Sequence[tuple[int, datetime]], found: Sequence[HeldThen]) -> list[LevelHeld | None]:
    """As held_at, from the rows of ask_held."""
    asked = list(dict.fromkeys(pairs))
    held = {asked[one.place]: one.level for one in found}
    return [held.get(pair) for pair in pairs]


def held_by(member_id: int, *, at: datetime) -> LevelHeld | None:
    """The level a member held at an instant."""
    return held_at(pairs=[(member_id, at)])[0]
