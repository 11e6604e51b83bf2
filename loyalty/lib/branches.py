"""Several readings in one statement: one snapshot, one plan, one round trip.

A branch says its columns by a NamedTuple, and its SQL names them so. The union that travels has a column for as many of each
type as any branch has, and which branch a row is of; what a branch doesn't fill is NULL. Rows come back as their NamedTuples.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from loyalty.lib.rows import Query
from loyalty.lib.shapes import Shape, shape


class Branch[Row](NamedTuple):
    """A query whose columns are named as those of a NamedTuple. Several branches may yield the same."""

    row: type[Row]
    sql: str


class Found(defaultdict[type, list[Any]]):
    """Rows by their NamedTuple."""

    def __init__(self, rows: Iterable[Any]) -> None:
        super().__init__(list)
        for row in rows:
            self[type(row)].append(row)

    def of[Row](self, row: type[Row]) -> list[Row]:
        """The rows of a NamedTuple, in the order in which they came."""
        return self[row]


def union(branches: Sequence[Branch[Any]], **given: type[tuple[Any, ...]]) -> Query[Any]:
    """One query of them all; `given` are the NamedTuples of its `:rows`."""
    types = list(dict.fromkeys(branch.row for branch in branches))
    most: Counter[str] = Counter()
    for row in types:
        most |= Counter(shape(row).kinds)
    kinds = tuple(kind for kind, count in most.items() for _one in range(count))
    filled = {row: _filled(shape(row), kinds) for row in types}
    texts = [f"SELECT {', '.join([str(types.index(branch.row)), *_outputs(filled[branch.row], kinds)])} FROM ({branch.sql}) AS branch" for branch in branches]
    makers = [_maker(shape(row), filled[row]) for row in types]
    names = ("branch", *(f"column{place}" for place in range(len(kinds))))
    return Query(" UNION ALL ".join(texts), Shape(names, ("bigint", *kinds), lambda values: makers[values[0]](values), ()), **given)  # type: ignore[arg-type]


def _filled(one: Shape, kinds: Sequence[str]) -> dict[int, str]:
    """Where in the union each column of a branch goes: the first free place of its type."""
    free = defaultdict(list)
    for place, kind in enumerate(kinds):
        free[kind].append(place)
    return {free[kind].pop(0): column for column, kind in zip(one.columns, one.kinds, strict=True)}


def _outputs(filled: dict[int, str], kinds: Sequence[str]) -> list[str]:
    return [f"branch.{filled[place]}" if place in filled else f"CAST(NULL AS {kind})" for place, kind in enumerate(kinds)]


def _maker(one: Shape, filled: dict[int, str]) -> Callable[[Sequence[Any]], Any]:
    # The first column says which branch it is.
    places = {column: place + 1 for place, column in filled.items()}
    if len(one.columns) == 1:
        place = places[one.columns[0]]
        return lambda values: one.make((values[place],))
    read = itemgetter(*(places[column] for column in one.columns))
    return lambda values: one.make(read(values))
