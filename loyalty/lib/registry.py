"""Kinds: each is one class in one file of a package, found by looking there. Adding one is adding its file and its test.

A package of kinds holds a module `base` with the class that all of them have as an ancestor, and a module for every kind,
whose class names itself by a `slug`. Nothing lists them, and nothing outside the package is ever taken for one.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

BASE = "base"


class BrokenKind(RuntimeError):
    """A file of a package of kinds that isn't one, or two kinds of one name. The message says which, and what to do."""


class Registry[Kind](Mapping[str, type[Kind]]):
    """The kinds of a package by their slugs, in the order of their `position` (then slug). They are looked up at the first use.

    Raises BrokenKind at that moment: a module without exactly one kind, a class without a slug, a slug used twice.
    """

    def __init__(self, package: str, base: Callable[..., Kind]) -> None:
        self._package = package
        self._base: Any = base
        self._known: dict[str, type[Kind]] | None = None

    def __getitem__(self, slug: str) -> type[Kind]:
        return self._kinds[slug]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)

    def choices(self) -> list[tuple[str, Any]]:
        """Slugs with the labels of their kinds, as a model's or form's field takes them."""
        return [(slug, getattr(kind, "label", slug)) for slug, kind in self.items()]

    def forget(self) -> None:
        """Look again at the next use: for tests that add a kind."""
        self._known = None

    @property
    def _kinds(self) -> dict[str, type[Kind]]:
        if self._known is None:
            self._known = self._find()
        return self._known

    def _find(self) -> dict[str, type[Kind]]:
        found: dict[str, Any] = {}
        package = importlib.import_module(self._package)
        for name in sorted(module.name for module in pkgutil.iter_modules(package.__path__) if module.name != BASE):
            kind = self._kind_of(importlib.import_module(f"{self._package}.{name}"))
            if kind.slug in found:
                raise BrokenKind(f"{found[kind.slug].__module__} and {kind.__module__} are both called “{kind.slug}”: give one of them another slug.")
            found[kind.slug] = kind
        return dict(sorted(found.items(), key=lambda item: (getattr(item[1], "position", 0), item[0])))

    def _kind_of(self, module: ModuleType) -> Any:
        own = [thing for thing in vars(module).values() if isinstance(thing, type) and issubclass(thing, self._base) and thing.__module__ == module.__name__]
        if len(own) != 1:
            raise BrokenKind(f"{module.__name__} holds {len(own)} classes of {self._base.__name__}: a file of {self._package} holds exactly one.")
        if not isinstance(vars(own[0]).get("slug"), str):
            raise BrokenKind(f"{module.__name__}: {own[0].__name__} has no slug of its own.")
        return own[0]
