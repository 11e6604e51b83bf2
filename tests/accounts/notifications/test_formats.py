"""Numbers, plural forms, dates and money in messages, in Russian and English."""

from datetime import date
from typing import Any

import pytest
from django.utils import translation

from accounts.domain.notifications import formats, texts
from accounts.domain.notifications.scenarios import SCENARIOS

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("kind", "language", "words"),
    [
        ("points", "ru", {0: "0 баллов", 1: "1 балл", 2: "2 балла", 5: "5 баллов", 11: "11 баллов", 21: "21 балл", 112: "112 баллов", 1024: "1 024 балла"}),
        ("points", "en", {0: "0 points", 1: "1 point", 2: "2 points", 21: "21 points", 1024: "1,024 points"}),
        ("tokens", "ru", {1: "1 жетон", 3: "3 жетона", 14: "14 жетонов", 31: "31 жетон"}),
        ("tokens", "en", {1: "1 token", 3: "3 tokens"}),
        ("days", "ru", {1: "1 день", 7: "7 дней", 22: "22 дня", 30: "30 дней", 101: "101 день"}),
        ("days", "en", {1: "1 day", 7: "7 days"}),
    ],
)
def test_plural_forms(kind: str, language: str, words: dict[int, str]) -> None:
    with translation.override(language):
        assert {value: formats.KINDS[kind](value) for value in words} == {value: text.replace(" ", NBSP) for value, text in words.items()}


@pytest.mark.parametrize(
    ("kind", "value", "ru", "en"),
    [
        ("day", date(2026, 5, 1), "1 мая 2026", "1 May 2026"),
        ("day", "2028-02-29", "29 февраля 2028", "29 February 2028"),
        ("money", "1250.00 RUB", "1 250 ₽", "₽1,250"),
        ("money", "3.50 RUB", "3,50 ₽", "₽3.50"),
        ("money", "1250.00 RON", "1 250 lei", "1,250 lei"),
        ("reward", {"tokens": 1, "points": 51}, "1 жетон, 51 балл", "1 token, 51 points"),
        ("reward", {"tokens": 0, "points": 2}, "2 балла", "2 points"),
        ("named", {"ru": "Медь", "en": ""}, "Медь", "Медь"),
    ],
)
def test_values_in_words(kind: str, value: Any, ru: str, en: str) -> None:
    for language, expected in (("ru", ru), ("en", en)):
        with translation.override(language):
            said = formats.KINDS[kind](value)
        assert said.replace(NBSP, " ") == expected
        if kind != "reward":
            assert " " not in said


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("slug", sorted(SCENARIOS))
def test_every_scenario_has_words_that_leave_no_placeholder(slug: str, language: str) -> None:
    words = texts.sample(slug, language=language, programme="Жетон", site_url="https://x.example", wording=texts.default(SCENARIOS[slug], language))
    for text in (words.title, words.body, words.sms):
        assert text
        assert "{" not in text
    russian = any("а" <= letter <= "я" for letter in words.title.replace("Жетон", "").lower())
    # Names of the programme's own things may be Russian in every language.
    assert russian or language == "en", words.title
