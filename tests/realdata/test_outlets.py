"""Real lists of shops through the converter and `import_outlets` (`make realdata`): every outlet, each well under 20 s."""

import io
import os
import time
from pathlib import Path

import pytest
from django.core.management import call_command

from benchmarks.outlet_files import convert
from partners.models import Outlet
from tests.factories.loyalty import make_partner

pytestmark = pytest.mark.django_db

DATA = Path(os.environ.get("ZHETON_DATA", "../shared/data"))


@pytest.mark.parametrize(
    ("kind", "name", "rows", "loaded"),
    [
        ("starbucks", "starbucks_stores.csv.gz", 25_597, 25_596),
        ("snap", "snap_retailers_ma.csv", 5_117, 5_117),
        ("metro", "moscow_metro_stations.csv", 451, 449),
        ("helsinki", "helsinki_osm_places.csv", 1_174, 1_174),
    ],
)
def test_a_real_list_of_shops_loads_and_loads_again(kind: str, name: str, rows: int, loaded: int, tmp_path: Path) -> None:
    make_partner(kind)
    target = tmp_path / "outlets.csv"
    assert convert(kind, DATA / name, target) == rows
    started = time.monotonic()
    printed = io.StringIO()
    call_command("import_outlets", str(target), partner=kind, stdout=printed)
    assert time.monotonic() - started < 20
    assert f"{rows} rows: {loaded} outlets added" in printed.getvalue()
    assert Outlet.objects.count() == loaded
    if kind == "metro":
        assert printed.getvalue().count("from the other outlets of Москва") == 4
    call_command("import_outlets", str(target), partner=kind, stdout=printed)
    assert f"0 outlets added, 0 changed, {loaded} known already" in printed.getvalue()
