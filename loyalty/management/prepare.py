"""What has to be true before the product serves. Every step skips itself when nothing changed."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

from accounts.domain.notifications.install import install_scenarios
from loyalty.domain import ledger, programme
from loyalty.lib.messages import compile_catalogues
from loyalty.management.progress import Migrate, Progress
from partners.domain.map import triggers as map_triggers
from partners.models import Partner

Say = Callable[[str], None]
# Stands for the address in the log-ins that are kept: the next start may have another port.
_SITE = "{site}"


def prepare(*, demo: bool, say: Say) -> str:
    """Migrate, make the cache table, compile messages, collect static files and (`demo`) load the demo programme.

    Returns what the demo said at its end (the log-ins), or "" without one. `say` gets a sentence a step that has work.
    """
    migrate(say)
    if written := compile_catalogues(settings.LOCALE_PATHS):
        say(f"Compiled message catalogues ({len(written)}).")
    collect_static(say)
    return load_demo(say) if demo else ""


def migrate(say: Say) -> None:
    """Apply the migrations that are missing, make the cache table, put back missing triggers, give new rights and scenarios their rows."""
    connection = connections[DEFAULT_DB_ALIAS]
    executor = MigrationExecutor(connection)
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say(f"Applying migrations ({len(plan)})…")
        progress = Progress(say)
        try:
            call_command(Migrate(count=len(plan), progress=progress), interactive=False, verbosity=0)
        finally:
            progress.end()
    else:
        # What a migration is followed by may have changed without one.
        ledger.install_triggers()
        map_triggers.install()
        programme.install_roles()
        install_scenarios()
    if "zheton_cache" not in connection.introspection.table_names():
        call_command("createcachetable", verbosity=0)


def collect_static(say: Say) -> None:
    """Collect static files when one of them, the packages or the target folder changed since the last time."""
    mark = Path(settings.STATIC_ROOT) / ".collected"
    fingerprint = _static_fingerprint()
    if mark.exists() and mark.read_text() == fingerprint:
        return
    say("Collecting static files…")
    call_command("collectstatic", interactive=False, verbosity=0, clear=mark.exists())
    mark.write_text(fingerprint)


def load_demo(say: Say) -> str:
    """Load the demo programme unless this database has the one that this code makes. Returns the log-ins that it printed."""
    if "demo" not in get_commands():
        return ""
    record = Path(settings.VAR_DIR) / "demo.json"
    state = {"code": _demo_fingerprint(), "database": str(connections[DEFAULT_DB_ALIAS].settings_dict["NAME"])}
    known = json.loads(record.read_text()) if record.exists() else {}
    if {key: known.get(key) for key in state} == state and Partner.objects.exists():
        # The first line says what the load did; the log-ins follow.
        return "\n".join(str(known["output"]).replace(_SITE, settings.SITE_URL).splitlines()[1:])
    say("Loading the demo programme…")
    output = _Keeping()
    call_command("demo", stdout=output)
    record.write_text(json.dumps({**state, "output": output.text.replace(settings.SITE_URL, _SITE)}, ensure_ascii=False))
    return output.text


def _static_fingerprint() -> str:
    digest = hashlib.sha256(str(settings.STORAGES["staticfiles"]["BACKEND"]).encode())
    for finder in get_finders():
        for path, storage in finder.list(ignore_patterns=[]):
            stat = Path(storage.path(path)).stat()
            digest.update(f"{path} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _demo_fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(settings.BASE_DIR, "loyalty").rglob("demo*")):
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            if file.suffix in (".py", ".json", ".csv"):
                digest.update(file.read_bytes())
    return digest.hexdigest()


class _Keeping:
    """A stream that remembers the lines printed to it; progress that overwrites its line is not one."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def write(self, text: str) -> int:
        self.parts.append(text)
        return len(text)

    def flush(self) -> None:
        """Nothing is buffered elsewhere."""

    def isatty(self) -> bool:
        """Not a terminal: no progress bars."""
        return False

    @property
    def text(self) -> str:
        """What was printed."""
        return "".join(self.parts).strip()
