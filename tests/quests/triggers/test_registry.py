"""Every kind has its file."""

import pytest

from quests import triggers
from quests.enums import TriggerKind


def test_every_kind_has_one_trigger() -> None:
    assert set(triggers.registry()) == set(TriggerKind)
    assert all(trigger.kind == kind for kind, trigger in triggers.registry().items())


def test_a_kind_without_a_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    triggers.registry.cache_clear()
    monkeypatch.setattr(triggers.pkgutil, "iter_modules", lambda _path: [])
    with pytest.raises(RuntimeError, match="no trigger file for amount"):
        triggers.registry()
    monkeypatch.undo()
    triggers.registry.cache_clear()
