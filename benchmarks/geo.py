"""How fast the catalogue answers over 2 000 partners and 100 000 outlets: `python -m benchmarks.geo [sqlite] [postgres]`.

Nearest 10 in dense and in sparse places (limits: p50 1.5 ms, p99 6 ms in the queries), clusters of views at every zoom (50 ms),
pages of the catalogue (150 ms), and the answers against measuring all outlets by hand. Without arguments both databases.
"""

import contextlib
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
POINTS, CHECKED = 1_000, 100
VIEWS = (
    ("world", (-180.0, -85.0, 180.0, 85.0), (1, 2, 3, 4)),
    ("Russia", (20.0, 40.0, 180.0, 80.0), (4, 5)),
    ("across the 180th meridian", (150.0, -50.0, -150.0, 70.0), (4,)),
    ("Moscow", (37.3, 55.5, 37.95, 55.95), (10, 11, 12)),
    ("a street", (37.60, 55.75, 37.61, 55.755), (16, 18)),
)


def main(names: list[str]) -> int:
    """Measure on each database in a process of its own; returns the exit code."""
    if names[:1] == ["--here"]:
        return measure()
    codes = []
    for name in names or ["sqlite", "postgres"]:
        with tempfile.TemporaryDirectory(prefix="zheton-bench-") as folder, _database(name, folder) as url:
            environment = {**os.environ, "DATABASE_URL": url, "DEBUG": "0", "SECRET_KEY": "of-the-bench", "ZHETON_VAR": folder, "ZHETON_TESTING": "1"}
            environment |= {"DJANGO_SETTINGS_MODULE": "loyalty.settings", "LOG_LEVEL": "ERROR"}
            subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, env=environment, check=True)
            codes.append(subprocess.run([sys.executable, "-m", "benchmarks.geo", "--here"], cwd=ROOT, env=environment, check=False).returncode)
    return max(codes)


@contextlib.contextmanager
def _database(name: str, folder: str) -> Iterator[str]:
    if name == "sqlite":
        yield f"sqlite:///{folder}/zheton.sqlite3"
        return
    from tests import servers

    with servers.postgres(durable=True) as url:
        yield url


def measure() -> int:
    """Fill the database that DATABASE_URL names, and measure; 1 if a limit is missed or an answer is wrong."""
    import django

    django.setup()
    from django.db import connection

    from benchmarks import coalition

    started = time.perf_counter()
    coalition.load()
    print(f"{connection.vendor}: {coalition.PARTNERS} partners, {coalition.OUTLETS} outlets, loaded in {time.perf_counter() - started:.0f} s", flush=True)
    good = [_nearest(), _clusters(), _pages()]
    return 0 if all(good) else 1


def _nearest() -> bool:
    from benchmarks.coalition import CITIES
    from partners.domain.map import geo
    from partners.models import Outlet

    dice = random.Random(9)
    rows = list(Outlet.objects.values_list("pk", "external_id", "lat", "lng"))
    dense = [_somewhere(dice, dice.choice(CITIES)) for _n in range(POINTS)]
    sparse = [(dice.uniform(-90, 90), dice.uniform(-180, 180)) for _n in range(POINTS)] + [(90.0, 0.0), (-90.0, 0.0), (0.0, 180.0), (-18.1, -179.99)]
    good = True
    for name, places in (("dense", dense), ("sparse", sparse)):
        queries, calls = [], []
        for place in places:
            with _timed_queries() as spent:
                started = time.perf_counter()
                geo.nearest(*place, limit=10)
                calls.append((time.perf_counter() - started) * 1000)
            queries.append(sum(spent))
        p50, p99 = _share(queries, 0.5), _share(queries, 0.99)
        summary = f"the whole call p50 {_share(calls, 0.5):.2f} ms, p99 {_share(calls, 0.99):.2f} ms"
        print(f"  nearest 10, {name}: in the queries p50 {p50:.2f} ms, p99 {p99:.2f} ms; {summary}")
        good &= p50 <= 1.5 and p99 <= 6
    wrong = 0
    for place in [*dense[:CHECKED], *sparse[-CHECKED:]]:
        by_hand = sorted((round(geo.distance_km(*place, lat, lng), 6), name, pk) for pk, name, lat, lng in rows)[:10]
        wrong += by_hand != [(one.distance_km, one.external_id, one.outlet_id) for one in geo.nearest(*place, limit=10)]
    print(f"  against brute force: {wrong} of {2 * CHECKED} answers differ", flush=True)
    return good and not wrong


def _somewhere(dice: random.Random, city: tuple[Any, ...]) -> tuple[float, float]:
    return dice.gauss(city[3], city[6]), (dice.gauss(city[4], city[6]) + 180) % 360 - 180


@contextlib.contextmanager
def _timed_queries() -> Iterator[list[float]]:
    """Milliseconds of each query, its rows fetched: SQLite works while they are."""
    from django.db import connection
    from django.db.backends.utils import CursorWrapper

    spent: list[float] = []
    execute, fetchall = CursorWrapper.execute, CursorWrapper.fetchall if hasattr(CursorWrapper, "fetchall") else None

    def timed(run: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **values: Any) -> Any:
            started = time.perf_counter()
            try:
                return run(*args, **values)
            finally:
                spent.append((time.perf_counter() - started) * 1000)

        return called

    def attribute(self: CursorWrapper, name: str) -> Any:
        found = getattr(self.cursor, name)
        return timed(found) if name == "fetchall" else found

    original = CursorWrapper.__getattr__
    CursorWrapper.execute, CursorWrapper.__getattr__ = timed(execute), attribute  # type: ignore[method-assign]
    try:
        assert fetchall is None
        connection.ensure_connection()
        yield spent
    finally:
        CursorWrapper.execute, CursorWrapper.__getattr__ = execute, original  # type: ignore[method-assign]


def _clusters() -> bool:
    from partners.domain.map import clusters, columns
    from partners.domain.map.geo import Box, Only
    from partners.models import Terms

    started = time.perf_counter()
    columns.current()
    print(f"  outlets read into a new process once: {(time.perf_counter() - started) * 1000:.0f} ms")
    percents = dict(Terms.objects.values_list("partner_id", "base_pct"))
    some = Only(list(percents)[::3])
    slowest = 0.0
    for name, box, zooms in VIEWS:
        for zoom in zooms:
            view, took = _median(lambda box=box, zoom=zoom: clusters.view(Box(*box), zoom=zoom, percents=percents))
            _view, filtered = _median(lambda box=box, zoom=zoom: clusters.view(Box(*box), zoom=zoom, only=some, percents=percents))
            summary = f"{view.total} outlets, {len(view.clusters)} clusters, {len(view.pins)} pins"
            print(f"  {name}, zoom {zoom}: {took:.0f} ms ({summary}); a third of the partners {filtered:.0f} ms")
            slowest = max(slowest, took, filtered)
    print(f"  slowest view {slowest:.0f} ms", flush=True)
    return slowest <= 50


def _pages() -> bool:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from accounts.models import Member
    from loyalty.domain import cabinet
    from loyalty.domain import programme as programmes
    from loyalty.domain.cabinet import CatalogueQuery, Place

    programme, now = programmes.current(), timezone.now()
    member = Member.objects.create(joined_at=now)
    here = Place(55.75, 37.62)
    slowest = 0.0
    for name, query in {
        "by my percentage": CatalogueQuery(),
        "by distance": CatalogueQuery(near=here),
        "open now by distance": CatalogueQuery(near=here, open_now=True),
        "a category within 3 km": CatalogueQuery(category="cafe", near=here, max_km=3, spend=True),
        "search": CatalogueQuery(q="зерно", near=here),
        "search with a typing error": CatalogueQuery(q="зирно амбр", near=here),
    }.items():
        find = lambda query=query: cabinet.find_partners(query=query, member_id=member.pk, programme=programme, now=now)  # noqa: E731
        page, took = _median(find)
        with CaptureQueriesContext(connection) as queries:
            find()
        print(f"  page, {name}: {took:.0f} ms, {len(queries)} queries, {page.count} partners")
        slowest = max(slowest, took)
    for address in ("/partners/", "/partners/?q=%D0%B7%D0%B5%D1%80%D0%BD%D0%BE&sort=name", "/partners/?open=1"):
        took = _whole_page(address)
        print(f"  {address} as a whole, middleware and template included: {took:.0f} ms")
        slowest = max(slowest, took)
    print(f"  slowest page {slowest:.0f} ms", flush=True)
    return slowest <= 150


def _whole_page(address: str) -> float:
    from django.conf import settings
    from django.test import Client

    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["*"], False
    client = Client()
    answer, took = _median(lambda: client.get(address))
    assert answer.status_code == 200, (address, answer.status_code)
    return took


def _median(act: Callable[[], Any], times: int = 7) -> tuple[Any, float]:
    spent = []
    for _n in range(times):
        started = time.perf_counter()
        result = act()
        spent.append((time.perf_counter() - started) * 1000)
    return result, statistics.median(spent)


def _share(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
