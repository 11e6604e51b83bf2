"""Columns that the database derives from an outlet's coordinates: they can't drift from them, whoever writes."""

from typing import Any

from django.db.models import Func

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
        least, whole = ("LEAST", "FLOOR({})::bigint") if connection.vendor == "postgresql" else ("MIN", "CAST({} AS INTEGER)")
        column = f"{least}({whole.format(f'(({lng} + 180.0) / 360.0) * {side}.0')}, {side - 1})"
        row = f"{least}({whole.format(f'(({lat} + 90.0) / 180.0) * {side}.0')}, {side - 1})"
        # Columns take the even bits, rows the odd ones.
        parts = [f"((({axis} >> {bit}) & 1) << {2 * bit + place})" for place, axis in enumerate((column, row)) for bit in range(CELL_BITS)]
        return f"({' + '.join(parts)})", ()


class Joined(Func):
    """Texts with a line between them. Unlike CONCAT it is immutable on PostgreSQL, as a generated column must be."""

    template = "(%(expressions)s)"
    arg_joiner = " || '|' || "
