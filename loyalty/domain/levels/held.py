"""Which level a member held at an instant, and what it adds to a purchase. One query, however many purchases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import get_language

from loyalty.domain.earning import Rate
from loyalty.enums import LotSource
from loyalty.lib.rows import Ask, Query
from loyalty.lib.shapes import Percent


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


class _At(NamedTuple):
    """Whose level is asked for, as of when; `place` names the pair in the answer."""

    place: int
    member_id: int
    at: datetime


class HeldThen(NamedTuple):
    """The level of a pair."""

    place: int
    level_id: int
    slug: str
    rank: int
    name: str
    name_en: str
    metal: int
    extra_pct: Percent


# The ladder in force, and on it what the row of history says that stands; without one, the lowest rung.
_HELD = Query(
    """
WITH ruled AS (
        SELECT asked.*, (SELECT ladder.id FROM loyalty_ladder ladder WHERE ladder.valid_from <= asked.at ORDER BY ladder.valid_from DESC LIMIT 1) AS ladder_id
          FROM :rows asked
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
""",
    HeldThen,
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
    held = {asked[one.place]: LevelHeld(one.level_id, one.slug, one.rank, one.name, one.name_en, one.metal, one.extra_pct) for one in found}
    return [held.get(pair) for pair in pairs]


def held_by(member_id: int, *, at: datetime) -> LevelHeld | None:
    """The level a member held at an instant."""
    return held_at(pairs=[(member_id, at)])[0]
