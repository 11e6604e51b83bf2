"""The registry of triggers: every module of this folder that defines one. Adding a kind is adding its file and its test."""

import importlib
import pkgutil
from functools import cache

from quests.enums import TriggerKind
from quests.triggers.base import Trigger


@cache
def registry() -> dict[TriggerKind, Trigger]:
    """Every trigger by its kind. Raises RuntimeError for a kind without a file, or with two."""
    found: dict[TriggerKind, Trigger] = {}
    for module in pkgutil.iter_modules(__path__):
        for thing in vars(importlib.import_module(f"{__name__}.{module.name}")).values():
            if isinstance(thing, type) and issubclass(thing, Trigger) and "kind" in vars(thing):
                if thing.kind in found and type(found[thing.kind]) is not thing:
                    raise RuntimeError(f"two triggers are called {thing.kind}")
                found[thing.kind] = thing()
    if missing := set(TriggerKind) - set(found):
        raise RuntimeError(f"no trigger file for {', '.join(sorted(missing))}")
    return found


def trigger_of(kind: str) -> Trigger:
    """The trigger of a quest. Raises KeyError for an unknown kind."""
    return registry()[TriggerKind(kind)]
