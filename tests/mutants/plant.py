"""Plants faults in a copy of the tree and runs the tests that must find them. The working tree is never touched."""

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.mutants import Mutant

# Where a fault may stand, and what the tests need beside it.
COPIED = ("accounts", "benchmarks", "loyalty", "partners", "quests", "tests", "templates", "static", "locale", "docs", "requirements")
# A test of the database without transactions of its own: it makes the test database and leaves it as the migrations do.
_FIRST_TEST = "tests/ops/test_harness.py::test_test_databases_have_the_append_only_triggers"
_SECONDS = 600
_FAILED = 1


class Outcome(StrEnum):
    """What became of a fault. BROKEN: the test couldn't be run, or didn't come to an end."""

    KILLED = "killed"
    SURVIVED = "SURVIVED"
    BROKEN = "BROKEN"


@dataclass
class Copy:
    """A copy of the tree at `root`, with a test database (SQLite) of its own that is fresh for every run."""

    root: Path
    output: str = ""

    @classmethod
    def of(cls, tree: Path, root: Path) -> "Copy":
        """Copy a checkout, without its environment and what it wrote."""
        for name in COPIED:
            if (tree / name).is_dir():
                shutil.copytree(tree / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        for path in tree.glob("*"):
            if path.is_file():
                shutil.copy(path, root)
        return cls(root)

    @property
    def _databases(self) -> Path:
        return self.root / "var" / "tests"

    def prepare(self) -> None:
        """Make the test database once. Raises RuntimeError if that fails."""
        self._databases.mkdir(parents=True, exist_ok=True)
        if self._pytest([_FIRST_TEST, "--reuse-db"]) != 0:
            raise RuntimeError(f"The tests don't run in the copy:\n{self.output}")
        shutil.copy(self._databases / "test.sqlite3", self._databases / "fresh.sqlite3")

    def plant(self, mutant: Mutant) -> Outcome:
        """Put the fault in, run its test, take the fault out again. Raises ValueError where its text doesn't stand once."""
        path = self.root / mutant.file
        sound = path.read_text()
        if sound.count(mutant.old) != 1:
            raise ValueError(f"{mutant.name}: its text stands {sound.count(mutant.old)} times in {mutant.file}")
        self._write(path, sound.replace(mutant.old, mutant.new))
        try:
            return self.run([mutant.killed_by])
        finally:
            self._write(path, sound)

    def run(self, tests: list[str]) -> Outcome:
        """Run tests on a fresh database; `output` is what pytest printed."""
        fresh = self._databases / "fresh.sqlite3"
        if fresh.exists():
            for path in self._databases.glob("test.sqlite3*"):
                path.unlink()
            shutil.copy(fresh, self._databases / "test.sqlite3")
        code = self._pytest([*tests, "-x", "--reuse-db"])
        return {0: Outcome.SURVIVED, _FAILED: Outcome.KILLED}.get(code, Outcome.BROKEN)

    def _pytest(self, arguments: list[str]) -> int:
        left_out = ("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL", "ZHETON_DATA", "ZHETON_VAR", "PYTEST_ADDOPTS")
        environment = {name: value for name, value in os.environ.items() if name not in left_out and not name.startswith("PYTEST_XDIST")}
        environment |= {"ZHETON_TEST_DIR": str(self._databases)}
        # Half of what a short run costs is plug-ins that no planted fault needs.
        plugins = [f"no:{name}" for name in ("cacheprovider", "xdist", "schemathesis", "playwright", "faker", "anyio")]
        command = [sys.executable, "-m", "pytest", "-q", *(word for name in plugins for word in ("-p", name)), *arguments]
        try:
            result = subprocess.run(
                command, cwd=self.root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            self.output = f"no end after {_SECONDS} s"
            return -1
        self.output = result.stdout
        return result.returncode

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text)
        # Python compares size and whole seconds: too little for two versions of a file within a second.
        Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)
