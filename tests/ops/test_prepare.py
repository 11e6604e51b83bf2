"""What `prepare` says while it migrates."""

import io
import sys

import pytest
from django.core.management import call_command

from loyalty.management.progress import Migrate, Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_each_migration_by_number_and_name(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    progress = Progress(said.append)
    command = Migrate(count=57, progress=progress)
    for migration in ("auth.0001_initial", "accounts.0001_initial"):
        command.migration_progress_callback("apply_start", migration)
        command.migration_progress_callback("apply_success", migration)
    progress.end()
    line = "\r\x1b[2K"
    assert terminal.getvalue() == f"{line}migration 1 of 57: auth.0001_initial{line}migration 2 of 57: accounts.0001_initial{line}"
    assert said == []


def test_a_log_gets_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    instants = iter([0.0, 0.5, 1.9, 2.1, 2.1, 3.0, 4.2, 4.2])
    said: list[str] = []
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    progress = Progress(said.append, clock=lambda: next(instants))
    for step in range(1, 6):
        progress.show(f"migration {step} of 5: a.000{step}")
    progress.end()
    assert said == ["migration 3 of 5: a.0003", "migration 5 of 5: a.0005"]


@pytest.mark.django_db
def test_djangos_command_tells_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    call_command("migrate", "accounts", "0001_initial", fake=True, verbosity=0)
    call_command(Migrate(count=1, progress=Progress(print)), "accounts", fake=True, verbosity=0)
    assert terminal.getvalue() == "\r\x1b[2Kmigration 1 of 1: accounts.0002_cache_table"
