"""Probes: is the process alive, and can it serve?"""

import secrets
from collections.abc import Callable

import structlog
from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from loyalty.domain import ledger

logger = structlog.get_logger(__name__)


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nothing else, so that a database outage restarts no web process."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """What serving needs, part by part: "ok" or the reason. 503 when any part is missing."""
    checks: dict[str, Callable[[], str]] = {"database": _database, "migrations": _migrations, "append_only_triggers": _triggers, "cache": _cache}
    state: dict[str, str] = {}
    for name, check in checks.items():
        try:
            state[name] = check()
        except Exception as error:  # noqa: BLE001  (a probe reports every failure, whatever the driver raises)
            logger.warning("readiness_check_failed", check=name, error=type(error).__name__)
            state[name] = "unreachable" if isinstance(error, (DatabaseError, OSError)) else "failed"
    ready = all(value == "ok" for value in state.values())
    return JsonResponse({"ready": ready, **state}, status=200 if ready else 503)


def _database() -> str:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return "ok"


def _migrations() -> str:
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return "ok" if not plan else f"{len(plan)} not applied: run `python manage.py migrate`"


def _triggers() -> str:
    missing = ledger.missing_triggers()
    return "ok" if not missing else f"{len(missing)} missing: run `python manage.py migrate`"


def _cache() -> str:
    # A key of its own: two probes at once must not see each other's value go.
    key, value = f"readyz:{secrets.token_hex(8)}", secrets.token_hex(8)
    cache.set(key, value, timeout=10)
    found = cache.get(key)
    cache.delete(key)
    return "ok" if found == value else "doesn't keep values"
