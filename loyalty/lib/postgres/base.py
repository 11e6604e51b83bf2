"""Django's backend with connections that the guard watches."""

from typing import Any

import psycopg
from django.db.backends.postgresql import base

from loyalty.lib.postgres import guard


class _Psycopg:
    """psycopg as Django uses it, but for `connect`."""

    connect = staticmethod(guard.connect)

    def __getattr__(self, name: str) -> Any:
        return getattr(psycopg, name)


class DatabaseWrapper(base.DatabaseWrapper):
    """As Django's."""

    Database = _Psycopg()  # type: ignore[assignment]
