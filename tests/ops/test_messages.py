"""Extraction, the completeness check and compiling of catalogues, without GNU gettext."""

import gettext
import json
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po, write_po
from django.core.management import CommandError, call_command

from loyalty.lib import messages

TEMPLATE = """
{% load i18n %}<title>{% translate "Card" %}</title>
{% translate "Home" context "page" %}
{% blocktranslate count number=points trimmed %}
  {{ number }} point
{% plural %}
  {{ number }} points
{% endblocktranslate %}
{{ name|default:_("no name") }} {% blocktranslate with name=member.name %}Hello, {{ name }}{% endblocktranslate %}
{# translate "not this" #}
"""
CODE = """
from django.utils.translation import gettext as _, ngettext, npgettext_lazy, pgettext
a = _("It's late") + _("Two "
    "lines")
b = ngettext("%(n)s day", "%(n)s days", n) + pgettext("verb", "Order") + npgettext_lazy("wait", "%(n)s hour", "%(n)s hours", n)
c = some_function("not this")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for path, text in [("templates/page.html", TEMPLATE), ("loyalty/code.py", CODE), ("loyalty/tests.json", json.dumps('_("not this")'))]:
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def _catalogue(tmp_path: Path, body: str, language: str = "ru") -> Path:
    path = tmp_path / "django.po"
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    if language == "ru":
        head += '"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\\n"\n'
    path.write_text(f"{head}\n{body}", encoding="utf-8")
    return path


def test_templates_and_code_give_their_texts(project: Path) -> None:
    assert set(messages.extract_messages(project, ["loyalty", "templates"])) == {
        (None, "Card", None),
        ("page", "Home", None),
        (None, "%(number)s point", "%(number)s points"),
        (None, "no name", None),
        (None, "Hello, %(name)s", None),
        (None, "It's late", None),
        (None, "Two lines", None),
        (None, "%(n)s day", "%(n)s days"),
        ("verb", "Order", None),
        ("wait", "%(n)s hour", "%(n)s hours"),
    }


def test_updating_adds_untranslated_texts_and_keeps_the_rest(tmp_path: Path) -> None:
    path = _catalogue(tmp_path, 'msgid "Card"\nmsgstr "Карта"\n\nmsgid "of a package"\nmsgstr "из пакета"\n')
    assert messages.update_catalogue(path, "ru", [(None, "Card", None), (None, "New", None), (None, "%(n)s day", "%(n)s days")]) == 2
    with path.open("rb") as file:
        catalogue = read_po(file, locale="ru")
    assert {str(m.id): m.string for m in catalogue if m.id} == {
        "Card": "Карта",
        "of a package": "из пакета",
        "New": "",
        "('%(n)s day', '%(n)s days')": ("", "", ""),
    }
    assert messages.update_catalogue(path, "ru", [(None, "New", None)]) == 0


def test_a_text_that_got_a_plural_keeps_its_translation_for_somebody_to_look_at(tmp_path: Path) -> None:
    path = _catalogue(tmp_path, 'msgctxt "shop"\nmsgid "%(n)s day"\nmsgstr "%(n)s день"\n')
    assert messages.update_catalogue(path, "ru", [("shop", "%(n)s day", "%(n)s days")]) == 1
    with path.open("rb") as file:
        message = read_po(file, locale="ru").get("%(n)s day", "shop")
    assert message is not None
    assert (message.string, message.fuzzy) == (("%(n)s день", "", ""), True)


def test_english_gets_its_plurals_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "en" / "django.po"
    assert messages.update_catalogue(path, "en", [(None, "Card", None), (None, "%(n)s day", "%(n)s days")]) == 1
    assert messages.problems(path, "en", {(None, "Card", None): ["a.py"], (None, "%(n)s day", "%(n)s days"): ["a.py"]}) == []


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("", "ru: “%(n)s day” (a.py): not in the catalogue"),
        ('msgid "%(n)s day"\nmsgstr "%(n)s день"\n', "ru: “%(n)s day” (a.py): has no plural forms"),
        ('msgid "%(n)s day"\nmsgid_plural "%(n)s days"\nmsgstr[0] "%(n)s день"\nmsgstr[1] ""\nmsgstr[2] ""\n', "ru: “%(n)s day”: not translated"),
        (
            'msgid "%(n)s day"\nmsgid_plural "%(n)s days"\nmsgstr[0] "день"\nmsgstr[1] "%(n)s дня"\nmsgstr[2] "%(n)s дней"\n',
            "ru: “%(n)s day”: placeholders differ in “день”",
        ),
        (
            '#, fuzzy\nmsgid "%(n)s day"\nmsgid_plural "%(n)s days"\nmsgstr[0] "%(n)s день"\nmsgstr[1] "%(n)s дня"\nmsgstr[2] "%(n)s дней"\n',
            "ru: “%(n)s day”: marked fuzzy",
        ),
    ],
)
def test_the_check_names_every_text_without_a_right_translation(tmp_path: Path, body: str, problem: str) -> None:
    assert messages.problems(_catalogue(tmp_path, body), "ru", {(None, "%(n)s day", "%(n)s days"): ["a.py"]}) == [problem]


def test_too_few_plural_forms_are_a_problem(tmp_path: Path) -> None:
    path = _catalogue(tmp_path, "")
    with path.open("rb") as file:
        catalogue = read_po(file, locale="ru")
    catalogue.add(("%(n)s day", "%(n)s days"), string=("%(n)s день", "%(n)s дней"))
    with path.open("wb") as file:
        write_po(file, catalogue)
    assert any("plural forms" in problem or "not translated" in problem for problem in messages.problems(path, "ru", {}))


def test_compiled_catalogues_are_renewed_when_the_source_is_newer(tmp_path: Path) -> None:
    folder = tmp_path / "ru" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    _catalogue(folder, 'msgid "Card"\nmsgstr "Карта"\n')
    assert messages.compile_catalogues([tmp_path]) == [folder / "django.mo"]
    with (folder / "django.mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Card") == "Карта"
    assert messages.compile_catalogues([tmp_path]) == []
    assert sorted(path.name for path in folder.iterdir()) == ["django.mo", "django.po"]


def test_the_command_fails_naming_what_is_missing(tmp_path: Path, settings: Any) -> None:
    settings.LOCALE_PATHS = [tmp_path]
    with pytest.raises(CommandError, match="texts without a right translation"):
        call_command("messages", "--check")
    assert list(tmp_path.iterdir()) == []
