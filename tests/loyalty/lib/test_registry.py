"""Kinds are found by looking at a package: one class in one file, each with a slug of its own."""

import sys
from abc import ABC
from pathlib import Path
from types import ModuleType

import pytest

from loyalty.lib.registry import BrokenKind, Registry

PACKAGE = "some_kinds"


class Fruit(ABC):
    """What the kinds of these tests are."""

    slug: str


@pytest.fixture
def kinds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty package of fruit; files written there are its kinds."""
    package = ModuleType(PACKAGE)
    package.__path__ = [str(tmp_path)]
    monkeypatch.setitem(sys.modules, PACKAGE, package)
    (tmp_path / "base.py").write_text("")
    return tmp_path


def write(folder: Path, name: str, slug: str, *, body: str = "", position: int = 0) -> None:
    text = f"from {__name__} import Fruit\n\nclass {name.title()}(Fruit):\n    slug = {slug!r}\n    position = {position}\n{body}"
    (folder / f"{name}.py").write_text(text)
    sys.modules.pop(f"{PACKAGE}.{name}", None)


def test_kinds_are_found_and_kept_in_their_order(kinds: Path) -> None:
    write(kinds, "pear", "pear", position=2)
    write(kinds, "apple", "apple", position=2)
    write(kinds, "plum", "plum", position=1)
    registry = Registry(PACKAGE, Fruit)
    assert list(registry) == ["plum", "apple", "pear"]
    assert registry["pear"].__name__ == "Pear"
    assert registry.choices()[0] == ("plum", "plum")
    assert "cherry" not in registry
    write(kinds, "cherry", "cherry")
    registry.forget()
    assert len(registry) == 4


def test_two_kinds_of_one_slug_are_refused(kinds: Path) -> None:
    write(kinds, "apple", "apple")
    write(kinds, "russet", "apple")
    with pytest.raises(BrokenKind, match=r"some_kinds\.apple and some_kinds\.russet are both called “apple”"):
        len(Registry(PACKAGE, Fruit))


def test_a_file_holds_exactly_one_kind(kinds: Path) -> None:
    write(kinds, "apple", "apple", body="\nclass Other(Fruit):\n    slug = 'other'\n")
    with pytest.raises(BrokenKind, match="holds 2 classes of Fruit"):
        len(Registry(PACKAGE, Fruit))
    (kinds / "apple.py").write_text("# A file that was meant to hold one.\n")
    sys.modules.pop(f"{PACKAGE}.apple")
    with pytest.raises(BrokenKind, match="holds 0 classes of Fruit"):
        len(Registry(PACKAGE, Fruit))


def test_a_kind_has_a_slug_of_its_own(kinds: Path) -> None:
    (kinds / "apple.py").write_text(f"from {__name__} import Fruit\n\nclass Apple(Fruit):\n    pass\n")
    sys.modules.pop(f"{PACKAGE}.apple", None)
    with pytest.raises(BrokenKind, match="Apple has no slug of its own"):
        len(Registry(PACKAGE, Fruit))
