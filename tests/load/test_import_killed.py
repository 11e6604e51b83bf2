"""An import that is killed again and again ends like one that was left alone."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

ORDERS = 1200
RUNNER = Path(__file__).with_name("import_runner.py")


@pytest.fixture
def orders_file(tmp_path: Path) -> Path:
    """Sales and returns of 150 customers in no order; some rows are bad."""
    chance = random.Random(5)
    lines: list[str] = []
    for number in range(ORDERS):
        kind, original = "sale", ""
        if number % 6 == 5:
            kind, original = "return", chance.choice(["", f"o{chance.randrange(number)}"])
        member, at = chance.randrange(150), f"2026-03-{1 + number // 40:02} {number % 24:02}:00"
        for _ in range(chance.randrange(1, 4)):
            amount = "bad" if number % 97 == 0 else f"{chance.randrange(1, 90000) / 100:.2f}"
            lines.append(f"o{number},{member},{at},{amount},{kind},{original}")
    chance.shuffle(lines)
    path = tmp_path / "orders.csv"
    path.write_text("order_id,member,occurred_at,amount,type,original_order_id\n" + "\n".join(lines) + "\n")
    return path


@pytest.fixture
def databases(tmp_path: Path, django_db_blocker: Any) -> Iterator[list[str]]:
    """Two empty databases of the kind that the tests run on."""
    if connection.vendor == "sqlite":
        yield [f"sqlite:///{tmp_path / name}.sqlite3" for name in ("alone", "killed")]
        return
    settings = connection.settings_dict
    names = [f"zheton_{name}_{os.getpid()}" for name in ("alone", "killed")]
    address = f"postgres://{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT']}"
    with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
        for name in names:
            cursor.execute(f"CREATE DATABASE {name}")
        try:
            yield [f"{address}/{name}" for name in names]
        finally:
            for name in names:
                cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def run(path: Path, database: str, seed: int, folder: Path) -> dict[str, Any]:
    folder.mkdir()
    env = {**os.environ, "DATABASE_URL": database, "DEBUG": "1", "ZHETON_VAR": str(folder), "REDIS_URL": "", "DJANGO_SETTINGS_MODULE": "loyalty.settings"}
    env.pop("ZHETON_TESTING", None)
    done = subprocess.run([sys.executable, RUNNER, path, str(seed)], env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_killed_ten_times_and_started_again_it_ends_in_the_same_state(orders_file: Path, databases: list[str], tmp_path: Path) -> None:
    alone = run(orders_file, databases[0], 0, tmp_path / "alone")
    killed = run(orders_file, databases[1], 20260310, tmp_path / "killed")
    assert (alone["kills"], killed["kills"]) == (0, 10)
    assert alone["state"]["violations"] == []
    assert len(alone["state"]["Order"]) > 900
    assert len(alone["state"]["Return"]) > 100
    assert alone["state"]["Debt"]
    for table, rows in alone["state"].items():
        assert sorted(set(rows) ^ set(killed["state"][table])) == [], table
