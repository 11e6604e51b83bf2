"""Django's backend with connections that the guard watches, and instants read fast."""

from datetime import UTC, datetime
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import BaseTzLoader

from loyalty.lib.postgres import guard


class _Psycopg:
    """psycopg as Django uses it, but for `connect`."""

    connect = staticmethod(guard.connect)

    def __getattr__(self, name: str) -> Any:
        return getattr(psycopg, name)


class Instants(BaseTzLoader):  # type: ignore[misc]
    """Instants as Django's loader gives them, in a quarter of its time: a page of history has hundreds."""

    timezone = UTC

    def load(self, data: Any) -> datetime:
        """What PostgreSQL wrote, in UTC."""
        # Django's sessions speak UTC; a year beyond 9999 or before Christ is left to the driver's complaint.
        if data[4:5] == b"-" and data[-3:] == b"+00":
            return datetime.fromisoformat(str(data, "ascii"))
        instant: datetime = super().load(data)
        return instant


class DatabaseWrapper(base.DatabaseWrapper):
    """As Django's."""

    Database = _Psycopg()  # type: ignore[assignment]

    def get_connection_params(self) -> dict[str, Any]:
        """Django's, with the loader above."""
        parameters: dict[str, Any] = super().get_connection_params()
        if self.timezone == UTC:
            parameters["context"].register_loader("timestamptz", Instants)
        return parameters
