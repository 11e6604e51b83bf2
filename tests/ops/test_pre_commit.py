"""The hooks of .pre-commit-config.yaml are valid, need no address, and find what they are for."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pre_commit.clientlib import load_config

PYTHON = "def sum_of(a: int, b: int) -> str:\n    print(a)\n    return a + b\n"
PAGE = "{% if member %}<p>{{ member }}</span>{% endif %}\n"


def _hooks(repository: Path) -> dict[str, dict[str, Any]]:
    config = load_config(str(repository / ".pre-commit-config.yaml"))
    assert [repo["repo"] for repo in config["repos"]] == ["local"]
    return {hook["id"]: hook for hook in config["repos"][0]["hooks"]}


def test_hooks_use_the_tools_of_the_environment(repository: Path) -> None:
    for hook in _hooks(repository).values():
        program, _space, _rest = hook["entry"].partition(" ")
        assert program.startswith(".venv/bin/")
        assert not hook["additional_dependencies"]


@pytest.mark.parametrize(
    ("hook", "file", "content"),
    [("ruff", "accounts/planted.py", PYTHON), ("djlint", "templates/planted.html", PAGE), ("mypy", "accounts/planted.py", PYTHON)],
)
def test_a_planted_fault_is_found(repository: Path, tmp_path: Path, hook: str, file: str, content: str) -> None:
    shutil.copy(repository / "pyproject.toml", tmp_path)
    planted = tmp_path / file
    planted.parent.mkdir()
    planted.write_text(content)
    program, *arguments = shlex.split(_hooks(repository)[hook]["entry"])
    if hook == "mypy":
        # Without Django's plug-in, which reads the settings of the product.
        arguments = ["--config-file", "", "--strict", *arguments]
    command = [Path(sys.executable).with_name(Path(program).name), *arguments, file]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode, result.stdout + result.stderr
    assert "planted" in result.stdout
