"""Words as they are searched for: a key is the same for both alphabets and for the forms of a word. Pure.

кофе, kofe and coffee have the key “kofe”; книги and книга share “knig”. Spellings that sound alike are folded together:
«Старбакс» (starbaks) is then one letter from Starbucks (starbuks).
"""

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any

_WORD = re.compile(r"[^\W_]+")
_LATIN_OF = dict(
    zip(
        "абвгдежзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e zh z i i k l m n o p r s t u f h ts ch sh sh - i - e iu ia".replace("-", "").split(" "),
        strict=True,
    )
)
# Longer spellings first.
_SOUNDS = (
    ("shch", "sh"),
    ("sch", "sh"),
    ("ck", "k"),
    ("ph", "f"),
    ("kh", "h"),
    ("x", "ks"),
    ("oo", "u"),
    ("q", "k"),
    ("w", "v"),
    ("y", "i"),
    ("j", "i"),
)
_C = re.compile(r"c(?!h)")
_DOUBLE = re.compile(r"(.)\1+")
_CYRILLIC_OF = (
    *(("shch", "щ"), ("sch", "щ"), ("zh", "ж"), ("kh", "х"), ("ts", "ц"), ("ch", "ч"), ("sh", "ш"), ("yu", "ю"), ("ju", "ю"), ("ya", "я"), ("ja", "я")),
    *(("yo", "е"), ("x", "кс"), ("w", "в"), ("q", "к"), ("c", "к"), ("j", "й")),
    *zip("abvgdeziklmnoprstufh", "абвгдезиклмнопрстуфх", strict=True),
)
_KEYS_LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_KEYS_CYRILLIC = "йцукенгшщзхъфывапролджэячсмитьбюё"
_SWAPPED = str.maketrans(_KEYS_LATIN + _KEYS_CYRILLIC, _KEYS_CYRILLIC + _KEYS_LATIN)
# Words that every other text has.
COMMON = frozenset(
    ("и", "в", "во", "на", "у", "с", "со", "к", "о", "от", "до", "по", "за", "из", "для", "или", "не", "the", "a", "an", "and", "of", "in", "at", "on")
)


def split(text: str) -> list[str]:
    """The words of a text in small letters, without accents; ё is е."""
    return _WORD.findall(_without_accents(text.lower().replace("ё", "е")))


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    # й is no и with an accent.
    return "".join(letter if "Ѐ" <= letter <= "ӿ" else _bare(letter) for letter in text)


def _bare(letter: str) -> str:
    return "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))


@lru_cache(maxsize=50_000)
def keys(word: str) -> tuple[str, ...]:
    """The keys of a word: of the word as it is, then of its stem."""
    stem = _stemmer("russian" if is_cyrillic(word) else "english").stemWord(word)
    return tuple(dict.fromkeys(filter(None, (fold(word), fold(stem)))))


@cache
def _stemmer(language: str) -> Any:
    # Loads the rules of thirty languages: only where somebody searches, or a listing changes.
    import snowballstemmer

    return snowballstemmer.stemmer(language)


@lru_cache(maxsize=5_000)
def keys_asked(word: str) -> tuple[str, ...]:
    """The keys by which a typed word is looked for: its own, and where it is Latin, those of the Russian word that it may stand for."""
    own = keys(word)
    if is_cyrillic(word) or not word.isalpha():
        return own
    return tuple(dict.fromkeys((*own, *keys(_cyrillic(word)))))


def fold(word: str) -> str:
    """A word in Latin letters, its spelling reduced to what it sounds like."""
    latin = "".join(_LATIN_OF.get(letter, letter) for letter in word)
    for spelling, sound in _SOUNDS:
        latin = latin.replace(spelling, sound)
    return _DOUBLE.sub(r"\1", _C.sub("k", latin))


def swapped(text: str) -> str:
    """What was typed in the other keyboard layout: “rjat” is «кофе»."""
    return text.lower().translate(_SWAPPED)


def _cyrillic(word: str) -> str:
    for latin, cyrillic in _CYRILLIC_OF:
        word = word.replace(latin, cyrillic)
    return word.replace("y", "ы")


def is_cyrillic(word: str) -> bool:
    return any("а" <= letter <= "я" for letter in word)
