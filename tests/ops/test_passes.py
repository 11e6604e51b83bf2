"""What runs where: no test is left out of every pass, and what concerns SQL runs on both homes."""

import ast
import re
from itertools import chain, combinations
from pathlib import Path

import pytest
from _pytest.mark.expression import Expression

from tests import embedded, run

MARKS = ("embedded", "postgres", "redis", "browser", "supervisor", "processes")


def test_every_test_runs_in_some_pass_whatever_its_marks() -> None:
    for marks in chain.from_iterable(combinations(MARKS, count) for count in range(len(MARKS) + 1)):

        def runs(expression: str, found: frozenset[str] = frozenset(marks)) -> bool:
            return Expression.compile(expression).evaluate(lambda name, **_options: name in found)

        # As usual, and with the whole suite on both.
        assert any(map(runs, (run.PRODUCTION, run.EMBEDDED, run.BROWSER))), marks
        assert any(map(runs, (run.PRODUCTION, run.ALL_OF_SQLITE, run.BROWSER))), marks


def test_whoever_uses_the_connection_or_the_shim_speaks_sql(repository: Path) -> None:
    """Asked of the text, where the mark asks the graph of imports."""
    shim = r"loyalty\.lib(?:\.(?:rows|sql|bulk) import| import .*\b(?:rows|sql|bulk)\b)"
    uses = re.compile(rf"^ *from (?:django\.db import .*\bconnections?\b|{shim})", re.MULTILINE)
    found = set()
    for path in chain.from_iterable((repository / app).rglob("*.py") for app in embedded.APPS):
        if not {"models", "migrations"} & set(path.parts) and uses.search(path.read_text()):
            found.add(".".join(path.relative_to(repository).with_suffix("").parts).removesuffix(".__init__"))
    assert len(found) > 20
    assert found <= embedded.speakers()


def test_tests_below_the_edge_that_import_what_speaks_sql_run_on_both(repository: Path) -> None:
    marked = 0
    for path in (repository / "tests").glob("*/domain/**/test_*.py"):
        module = ".".join(path.relative_to(repository).with_suffix("").parts)
        imported = re.findall(r"^from ([\w.]+) import (\w+)", path.read_text(), re.MULTILINE)
        if {name for source, first in imported for name in (source, f"{source}.{first}")} & embedded.speakers():
            assert embedded.concerns_both(module), module
            marked += 1
    assert marked > 20


def test_nothing_speaks_sql_that_no_test_reaches_on_both() -> None:
    assert embedded.unreached() == set(), "name a test of it in tests/embedded.py: ALONE"
    for test, about in embedded.ALONE.items():
        assert test in embedded.test_modules(), test
        assert set(about) <= embedded.speakers(), about


@pytest.mark.parametrize(
    ("line", "speaks"),
    [
        ("from django.db import connection", True),
        ("from django.db import transaction", False),
        ("from django.db.models import F, Q", True),
        ("from django.db.models import Prefetch, Q", False),
        ("from django.db.models.functions import Coalesce", True),
        ("count = models.Count('orders')", True),
        ("name = models.CharField(max_length=9)", False),
    ],
)
def test_what_speaks_sql(line: str, speaks: bool) -> None:
    assert any(map(embedded.asks, ast.walk(ast.parse(line)))) == speaks
