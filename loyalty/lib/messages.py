"""Message catalogues without GNU gettext: extract from Python and templates, check, compile. Uses Babel.

msgids are English. Russian is complete; English needs a catalogue of its own only for plural forms.
"""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compile_catalogues(locale_paths: Iterable[Path]) -> list[Path]:
    """Compile every .po that is newer than its .mo. Returns the files written.

    Whole files appear at once (written aside, then renamed), so processes that start together don't read half of one.
    """
    written = []
    for locale_path in locale_paths:
        for source in sorted(Path(locale_path).glob("*/LC_MESSAGES/*.po")):
            target = source.with_suffix(".mo")
            if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
                continue
            with source.open("rb") as file:
                catalogue = read_po(file, locale=source.parts[-3])
            handle, name = tempfile.mkstemp(dir=target.parent, suffix=".mo.new")
            with os.fdopen(handle, "wb") as file:
                write_mo(file, catalogue)
            Path(name).chmod(0o644)
            Path(name).replace(target)
            written.append(target)
    return written
