"""Arrays as text: much cheaper than the driver's own, which looks at every value's type."""

import json
from collections.abc import Iterable
from typing import Any


def array(kind: str, values: Iterable[Any]) -> str:
    """An array to be cast to `kind`[], a PostgreSQL type as of shapes.py; JSON from Python's values."""
    match kind:
        case "bigint" | "numeric" | "boolean" | "uuid":
            # Nothing in them needs quotes.
            texts = ["NULL" if value is None else str(value) for value in values]
        case "timestamptz":
            texts = ["NULL" if value is None else value.isoformat() for value in values]
        case "jsonb":
            texts = ["NULL" if value is None else _quoted(json.dumps(value)) for value in values]
        case _:
            texts = ["NULL" if value is None else _quoted(str(value)) for value in values]
    return "{" + ",".join(texts) + "}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
