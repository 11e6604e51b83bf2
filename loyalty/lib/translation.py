"""Texts that are kept in each of the programme's languages (MODELTRANSLATION_LANGUAGES), a column each.

`quest.title` is the text in the reader's language, or in the first of the programme's that has one. What is written down
for good or sent to another person must not depend on who happened to read: it takes `each`, or the `first` of them.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import Model
from django.utils.translation import get_language_info
from django.utils.translation.trans_real import parse_accept_lang_header
from modeltranslation.settings import AVAILABLE_LANGUAGES
from modeltranslation.translator import TranslationOptions, translator
from modeltranslation.utils import build_localized_fieldname, get_language

LANGUAGES = tuple(AVAILABLE_LANGUAGES)


class Texts(TranslationOptions):
    """A base of the declarations in <app>/translation.py. No text is an empty one, never NULL."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # The metaclass has put `fields` together with those of the bases.
        cls.field_options = {name: {"default": {"null": False, "blank": True}} for name in cls.fields}


def own_name(language: str) -> str:
    """What a language calls itself, as in “Română”."""
    return str(get_language_info(language)["name_local"]).capitalize()


def names(model: type[Model]) -> list[str]:
    """The texts of a model that are kept in each language; their own columns mean nothing."""
    kept = translator.get_options_for_model(model).local_fields
    return [field.name for field in model._meta.fields if field.name in kept]


def columns(name: str) -> list[str]:
    """The fields that keep a text, in the order of the programme's languages."""
    return [build_localized_fieldname(name, language) for language in LANGUAGES]


def each(thing: Model, name: str) -> dict[str, str]:
    """Language → text, for those that have one, in the order of the programme's languages."""
    texts = zip(LANGUAGES, columns(name), strict=True)
    return {language: text for language, column in texts if (text := getattr(thing, column))}


def first(texts: Mapping[str, str]) -> str:
    """The text in the first of the programme's languages that has one, "" without any."""
    return next((texts[language] for language in LANGUAGES if texts.get(language)), "")


def chosen(texts: Mapping[str, str], language: str = "") -> str:
    """The text in this language (the reader's, unless told), or the first."""
    return texts.get(language or get_language()) or first(texts)


def asked_for(accept_language: str) -> str:
    """The first language of such a header in which the programme keeps texts; without any, the programme's first."""
    asked = (language.partition("-")[0] for language, _quality in parse_accept_lang_header(accept_language))
    return next((language for language in asked if language in LANGUAGES), LANGUAGES[0])
