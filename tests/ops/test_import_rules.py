"""The import rules hold, and a planted violation of each kind is found."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

APPS = ("accounts", "loyalty", "partners", "quests")


def _lint(root: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache", "--config", root / "pyproject.toml"]
    # Not the inherited PYTHONPATH: the copy's packages are the ones to read.
    environment = {**os.environ, "PYTHONPATH": str(root), "COLUMNS": "200"}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path, repository: Path) -> Path:
    """A copy of the apps in which rules may be broken."""
    for app in APPS:
        shutil.copytree(repository / app, tmp_path / app, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(repository / "pyproject.toml", tmp_path)
    (tmp_path / "tests").mkdir()
    for name in ("__init__.py", "import_contracts.py"):
        shutil.copy(repository / "tests" / name, tmp_path / "tests")
    return tmp_path


def test_the_import_rules_hold(repository: Path) -> None:
    result = _lint(repository)
    assert result.returncode == 0, result.stdout
    assert "0 broken" in result.stdout


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("accounts/domain/planted.py", "from partners.models import Partner", "Apps and layers"),
        ("partners/models/planted.py", "from loyalty import enums", "Apps and layers"),
        ("loyalty/lib/planted.py", "from accounts.models import Member", "Apps and layers"),
        ("loyalty/domain/planted.py", "from quests import models", "Apps and layers"),
        ("loyalty/domain/planted.py", "def later():\n    from loyalty.views import health", "The edge is on top"),
        ("accounts/domain/planted.py", "from loyalty import tasks", "The edge is on top"),
        ("loyalty/models/planted.py", "from accounts import domain", "No model imports a domain"),
        ("loyalty/domain/ledger/planted.py", "from loyalty.domain import orders", "Rooms of the domain as layers"),
        ("loyalty/domain/planted.py", "", "Rooms of the domain as layers"),
        ("loyalty/domain/till/planted.py", "from loyalty.domain.ledger import book", "Rooms are entered"),
        ("partners/views/planted.py", "from loyalty.domain.ledger.door import post", "Rooms are entered"),
        ("partners/views/planted.py", "from accounts.views import profile", "Edges of different apps"),
        ("accounts/admin/planted.py", "from loyalty.admin import orders", "Edges of different apps"),
    ],
)
def test_a_planted_violation_is_found(copy: Path, module: str, line: str, broken: str) -> None:
    (copy / module).write_text(f"{line}\n")
    result = _lint(copy)
    assert result.returncode == 1, result.stdout
    assert re.search(rf"{re.escape(broken)}[^\n]* BROKEN", result.stdout), result.stdout
    assert "planted" in result.stdout
