"""The planted faults can be planted, and what plants them knows a killed one from one that survives."""

import ast
import re
from pathlib import Path

import pytest

from tests.mutants import Mutant
from tests.mutants.all import GROUPS
from tests.mutants.plant import Copy, Outcome

MUTANTS = [mutant for mutants in GROUPS.values() for mutant in mutants]
SOUND = "def most(points: int) -> int:\n    return points // 2\n"
TEST = "from half import most\n\n\ndef test_half() -> None:\n    assert most(10) == 5\n"


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_fault_can_be_planted(mutant: Mutant, repository: Path) -> None:
    sound = (repository / mutant.file).read_text()
    assert sound.count(mutant.old) == 1, f"write the fault for the new line of {mutant.file}: tests/mutants/"
    wrong = sound.replace(mutant.old, mutant.new)
    assert ast.dump(ast.parse(wrong)) != ast.dump(ast.parse(sound))
    file, _colons, test = mutant.killed_by.partition("::")
    assert re.search(rf"def {test}\(", (repository / file).read_text()), f"{mutant.killed_by} is gone"


def test_there_are_enough_of_them_each_with_a_name_of_its_own() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 30
    assert all(len(mutants) >= 5 for mutants in GROUPS.values())


@pytest.mark.parametrize(
    ("new", "test", "outcome"),
    [
        ("points // 3", "test_half.py::test_half", Outcome.KILLED),
        ("(points + 1) // 2", "test_half.py::test_half", Outcome.SURVIVED),
        ("points /// 2", "test_half.py::test_half", Outcome.BROKEN),
        ("points // 3", "test_half.py::test_gone", Outcome.BROKEN),
    ],
)
def test_what_becomes_of_a_fault(tmp_path: Path, new: str, test: str, outcome: Outcome) -> None:
    (tmp_path / "half.py").write_text(SOUND)
    (tmp_path / "test_half.py").write_text(TEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
    copy = Copy(tmp_path)
    assert copy.plant(Mutant("half", "half.py", "points // 2", new, test)) is outcome, copy.output
    assert (tmp_path / "half.py").read_text() == SOUND


def test_a_text_that_is_gone_plants_nothing(tmp_path: Path) -> None:
    (tmp_path / "half.py").write_text(SOUND)
    with pytest.raises(ValueError, match="stands 0 times"):
        Copy(tmp_path).plant(Mutant("half", "half.py", "points // 4", "points", "test_half.py::test_half"))
