"""Columns that the database derives from an outlet's coordinates: they can't drift from them, whoever writes."""

from typing import Any

from django.db.models import Func

from loyalty.lib.rows import spelled

# A cell's number interleaves the bits of its column and row of a grid over the earth: neighbours on the earth are mostly
# neighbours in the index (a Morton order). 20 bits a side: 38 × 19 m at the equator.
CELL_BITS = 20


class CellNumber(Func):
    """The number of the cell that holds (latitude, longitude) in degrees."""

    arity = 2

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **context: Any) -> tuple[str, tuple[str | int, ...]]:
        (lat, lat_params), (lng, lng_params) = (compiler.compile(source) for source in self.source_expressions)
        assert not lat_params
        assert not lng_params
        side = 1 << CELL_BITS
        column, row = (
            spelled(f":least(CAST(:floor((({place} + {half}.0) / {2 * half}.0) * {side}.0) AS bigint), {side - 1})", connection)
            for place, half in ((lng, 180), (lat, 90))
        )
        # Columns take the even bits, rows the uneven ones.
        parts = [f"((({axis} >> {bit}) & 1) << {2 * bit + place})" for place, axis in enumerate((column, row)) for bit in range(CELL_BITS)]
        return f"({' + '.join(parts)})", ()


class Joined(Func):
    """Texts with a line between them. Unlike CONCAT it is immutable on PostgreSQL, as a generated column must be."""

    template = "(%(expressions)s)"
    arg_joiner = " || '|' || "
