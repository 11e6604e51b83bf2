"""Runs `import_orders` in processes that kill themselves at given statements, and prints what the database holds.

    python tests/load/import_runner.py FILE SEED

Migrates the database of DATABASE_URL, then forks: with SEED 0 one undisturbed import, otherwise imports that
are each ended by SIGKILL at a seeded statement, ten times, and a last one that is let finish. Prints JSON.
"""

import json
import os
import random
import signal
import sys
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from django.utils import timezone

KILLS = 10
CHUNK = 100
# What a run may differ in.
IDS = {
    "id",
    "order_id",
    "order_return_id",
    "order_line_id",
    "entry_id",
    "lot_id",
    "member_id",
    "created_at",
    "terms_id",
    "partner_id",
    "funder_id",
    "outlet_id",
}


def main(path: Path, seed: int) -> None:
    """See the module."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from tests.factories.loyalty import make_partner, make_programme

    call_command("migrate", verbosity=0)
    make_programme(pending_days=1, lifetime_days=20)
    make_partner("bakery")
    connection.close()
    kills = 0
    if seed:
        chance = random.Random(seed)
        for _ in range(KILLS):
            # The later runs find what the earlier ones left, so each gets further.
            kills += in_a_child(partial(run, path, kill_at=chance.randrange(10, 90))) == signal.SIGKILL
    assert in_a_child(partial(run, path)) == 0
    sys.stdout.write(json.dumps({"kills": kills, "state": state()}, default=str) + "\n")


def in_a_child(work: Callable[[], None]) -> int:
    """The signal that ended the child, or 0."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            if error := sys.exception():
                traceback.print_exception(error)
            os._exit(1 if error else 0)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the import failed"
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def run(path: Path, *, kill_at: int = 0) -> None:
    """One import; the process kills itself before its statement number `kill_at`."""
    from django.core.management import call_command
    from django.db import connection

    from loyalty.domain.orders import loading
    from loyalty.lib import sql

    loading._CHUNK = CHUNK
    count = 0

    def count_down() -> None:
        nonlocal count
        count += 1
        if count == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def watched(execute: Any, text: str, params: Any, many: bool, context: Any) -> Any:
        count_down()
        return execute(text, params, many, context)

    # What the ledger sends to PostgreSQL goes past Django's wrappers.
    pipeline = sql._pipeline

    def watched_pipeline(link: Any, statements: Any) -> Any:
        for _statement in statements:
            count_down()
        return pipeline(link, statements)

    sql._pipeline = watched_pipeline

    with connection.execute_wrapper(watched), Path(os.devnull).open("w") as nowhere:
        call_command("import_orders", path, partner="bakery", now="2026-06-01T12:00:00+03:00", stdout=nowhere, stderr=nowhere)
    connection.close()


def state() -> dict[str, list[str]]:
    """All rows of the tables that an import writes, without ids and recording times, named by what they belong to."""
    from accounts.models import Member
    from loyalty.domain.verify import verify
    from loyalty.models import Allocation, Debt, Entry, Event, Lot, Order, OrderLine, Return, ReturnLine
    from partners.models import CustomerNumber

    whose = {
        Member: ("customer_numbers__number",),
        CustomerNumber: (),
        Order: ("member__customer_numbers__number",),
        OrderLine: ("order__external_id",),
        Return: ("member__customer_numbers__number", "order__external_id"),
        ReturnLine: ("order_return__external_id", "order_line__order__external_id", "order_line__position"),
        Entry: ("member__customer_numbers__number", "order__external_id", "order_return__external_id"),
        Lot: ("member__customer_numbers__number", "entry__key"),
        Allocation: ("entry__key", "lot__entry__key"),
        Debt: ("entry__key",),
        Event: ("member__customer_numbers__number",),
    }
    tables = {}
    for model, names in whose.items():
        fields = [field.attname for field in model._meta.concrete_fields if field.attname not in IDS and field.name != "payload"]
        tables[model.__name__] = sorted(repr(row) for row in model.objects.values_list(*fields, *names))  # type: ignore[attr-defined]
    tables["violations"] = [f"{one.check}: {one.message}" for one in verify(now=timezone.now())]
    return tables


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
    main(Path(sys.argv[1]), int(sys.argv[2]))
