"""The import rules hold, and a planted violation of each contract is found."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

APPS = ("accounts", "loyalty", "partners", "quests")
# (module planted, its one line, the contract that must name it)
PLANTED = [
    ("accounts/domain/planted_up.py", "from partners.models import Partner", "Apps and layers"),
    ("partners/models/planted_up.py", "from loyalty import enums", "Apps and layers"),
    ("loyalty/lib/planted_up.py", "from accounts.models import Member", "Apps and layers"),
    ("loyalty/domain/till/planted_up.py", "from quests import models", "Apps and layers"),
    ("loyalty/domain/ledger/planted_room_above.py", "from loyalty.domain import orders", "Rooms of the domain as layers"),
    ("loyalty/domain/planted_outside_rooms.py", "", "Rooms of the domain as layers"),
    ("loyalty/domain/till/planted_inside.py", "from loyalty.domain.ledger import book", "Rooms are entered"),
    ("partners/views/planted_inside.py", "from loyalty.domain.ledger.door import post", "Rooms are entered"),
    ("loyalty/lib/planted_circle_a.py", "from loyalty.lib import planted_circle_b", "No circles"),
    ("loyalty/lib/planted_circle_b.py", "def later():\n    from loyalty.lib import planted_circle_a", "No circles"),
    ("loyalty/domain/till/planted_edge.py", "def later():\n    from loyalty.web import health", "The edge is on top"),
    ("accounts/domain/planted_edge.py", "from loyalty import tasks", "The edge is on top"),
    ("partners/views/planted_edge.py", "from accounts.views import profile", "Edges of different apps"),
    ("accounts/admin/planted_edge.py", "from loyalty.admin import orders", "Edges of different apps"),
    ("loyalty/models/planted_domain.py", "from accounts import domain", "No model imports a domain"),
]


def _lint(root: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache", "--config", root / "pyproject.toml"]
    # Not the inherited PYTHONPATH: the copy's packages are the ones to read.
    environment = {**os.environ, "PYTHONPATH": str(root), "COLUMNS": "200"}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> dict[str, str]:
    """What import-linter says of a copy of the apps in which every rule is broken: contract → its section."""
    copy = tmp_path_factory.mktemp("planted")
    for app in APPS:
        shutil.copytree(repository / app, copy / app, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(repository / "pyproject.toml", copy)
    (copy / "tests").mkdir()
    for name in ("__init__.py", "import_contracts.py"):
        shutil.copy(repository / "tests" / name, copy / "tests")
    for module, line, _contract in PLANTED:
        (copy / module).write_text(f"{line}\n")
    result = _lint(copy)
    assert result.returncode == 1, result.stdout + result.stderr
    sections = re.split(r"^(.+)\n-{5,}\n", result.stdout, flags=re.MULTILINE)
    return dict(zip(sections[1::2], sections[2::2], strict=True))


def test_the_import_rules_hold(repository: Path) -> None:
    result = _lint(repository)
    assert result.returncode == 0, result.stdout
    assert "0 broken" in result.stdout


@pytest.mark.parametrize(("module", "line", "contract"), PLANTED)
def test_a_planted_violation_is_found(report: dict[str, str], module: str, line: str, contract: str) -> None:
    section = next((text for name, text in report.items() if name.startswith(contract)), "")
    assert Path(module).stem in section, f"{contract}: {section or 'kept'}"


def test_every_contract_has_a_planted_violation(repository: Path) -> None:
    names = re.findall(r'^name = "(.+)"$', (repository / "pyproject.toml").read_text().partition("[tool.importlinter]")[2], flags=re.MULTILINE)
    assert [name for name in names if not any(name.startswith(contract) for _module, _line, contract in PLANTED)] == []
