"""Message catalogues without GNU gettext: extract from Python and templates, check, compile. Uses Babel.

msgids are English. Russian is complete; English needs entries for its plural forms only.
"""

import io
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

SOURCE_LANGUAGE = "en"
_KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_PLACEHOLDER = re.compile(r"%\((\w+)\)[#0\- +]*[\d.*]*[a-zA-Z]|%[sdif]|(?<!\{)\{(\w*)(?:![rsa])?(?::[^{}]*)?\}(?!\})")

type MessageId = tuple[str | None, str, str | None]  # context, singular, plural


def extract_messages(root: Path, folders: Iterable[str]) -> dict[MessageId, list[str]]:
    """Every translatable text of the .py, .html and .txt files below `root`/`folders` → the files that use it.

    A text that one place uses alone and another with a plural counts once, with the plural, as in a catalogue.
    """
    found: dict[MessageId, list[str]] = {}
    for folder in folders:
        # Babel's patterns begin at the folder.
        inside = "**" if folder == "templates" else "**/templates/**"
        methods: list[tuple[str, Any]] = [("**.py", "python"), *((f"{inside}.{ending}", _extract_template) for ending in ("html", "txt"))]
        for file, _line, text, _comments, context in extract_from_dir(root / folder, methods, keywords=_KEYWORDS):
            singular, plural = (text[0], text[1]) if isinstance(text, tuple) else (text, None)
            places = found.setdefault((context, singular, plural), [])
            if (place := f"{folder}/{file}") not in places:
                places.append(place)
    for context, singular, plural in [key for key in found if key[2] is not None]:
        found[context, singular, plural] += found.pop((context, singular, None), [])
    return found


def update_catalogue(path: Path, language: str, messages: Iterable[MessageId]) -> int:
    """Add the texts that the catalogue lacks, untranslated (plurals of the source language: as they are). Returns how many.

    Nothing is guessed (no similar texts; one that got a plural keeps its translation as the first form, marked fuzzy) and nothing is
    thrown away: what the code doesn't hold may override a package's text.
    """
    catalogue = _read(path, language) if path.exists() else Catalog(locale=language, project="Zheton", charset="utf-8")
    wanted = Catalog()
    for context, singular, plural in messages:
        if plural is not None or language != SOURCE_LANGUAGE:
            ids = (singular, plural) if plural else singular
            wanted.add(ids, string=ids if language == SOURCE_LANGUAGE else "", context=context)
    added = sum(1 for message in wanted if message.id and _lacks(catalogue, message))
    catalogue.update(wanted, no_fuzzy_matching=True, update_creation_date=False)
    for message in catalogue.obsolete.values():
        catalogue[message.id] = message
    catalogue.obsolete.clear()
    path.parent.mkdir(parents=True, exist_ok=True)
    with _replacing(path) as file:
        write_po(file, catalogue, sort_output=True, width=120, omit_header=False, no_location=True)
    return added


def _lacks(catalogue: Catalog, message: Message) -> bool:
    known = catalogue.get(message.id, message.context)
    return known is None or (message.pluralizable and not known.pluralizable)


def problems(path: Path, language: str, messages: dict[MessageId, list[str]]) -> list[str]:
    """What keeps the catalogue from being complete and right, a sentence each: missing texts, plural forms, placeholders."""
    catalogue = _read(path, language) if path.exists() else Catalog(locale=language)
    found = []
    # English needs no catalogue: a msgid is its own translation.
    for (context, singular, plural), places in sorted(messages.items(), key=lambda item: item[0][1]) if language != SOURCE_LANGUAGE else ():
        name = f"{language}: “{singular}”" + (f" [{context}]" if context else "") + f" ({', '.join(places)})"
        message = catalogue.get(singular, context)
        if message is None:
            found.append(f"{name}: not in the catalogue")
        elif plural is not None and not message.pluralizable:
            found.append(f"{name}: has no plural forms")
    found += [f"{language}: “{_singular(message)}”: {what}" for message in catalogue if message.id for what in _faults(message, catalogue.num_plurals)]
    return found


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
            catalogue = _read(source, source.parts[-3])
            with _replacing(target) as file:
                write_mo(file, catalogue)
            written.append(target)
    return written


def _extract_template(file: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[Any]:
    """Babel's way to read a template: as the lines of Python that Django's own makemessages makes of it."""
    code = templatize(file.read().decode())
    # What isn't a call is dots and spaces; indented ones would be no Python.
    lines = "\n".join(line.lstrip() for line in code.splitlines())
    return extract_python(io.BytesIO(lines.encode()), keywords, comment_tags, options)


def _faults(message: Message, plural_forms: int) -> Iterator[str]:
    strings = [text or "" for text in (message.string if isinstance(message.string, (list, tuple)) else (message.string,))]
    ids = message.id if isinstance(message.id, (list, tuple)) else (message.id,)
    if message.fuzzy:
        yield "marked fuzzy"
    if not all(strings):
        yield "not translated"
        return
    if len(ids) > 1 and len(strings) != plural_forms:
        yield f"has {len(strings)} plural forms, the language has {plural_forms}"
    wanted = _placeholders(ids[-1])
    for string in strings:
        # English “one point” may leave its number out; so may no Russian form, where the first also stands for 21.
        if _placeholders(string) != wanted and not (plural_forms == 2 and len(ids) > 1 and string == strings[0] and _placeholders(string) <= wanted):
            yield f"placeholders differ in “{string}”"


def _placeholders(text: str) -> set[str]:
    # “50 %” in running text is no placeholder; in a text with named ones a lone % is written %%.
    return {match[0] if not (match[1] or match[2]) else (match[1] or match[2]) for match in _PLACEHOLDER.finditer(text.replace("%%", ""))}


def _singular(message: Message) -> str:
    return str(message.id[0] if isinstance(message.id, (list, tuple)) else message.id)


def _read(path: Path, language: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language)


@contextmanager
def _replacing(target: Path) -> Iterator[IO[bytes]]:
    """Write a file aside and put it in place of the old one when all went well."""
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
        aside = Path(file.name)
        try:
            yield file
        except BaseException:
            aside.unlink()
            raise
    aside.chmod(0o644)
    aside.replace(target)
