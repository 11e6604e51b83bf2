"""Searching the catalogue: Russian and English word forms, typing errors, both alphabets, a wrong keyboard layout.

One column, Partner.search, holds the keys (partners/domain/words.py) of a partner's words, the same for both databases: those of
its name, of its category, of its texts (in all languages), and of its outlets' names and places, with lines between the four.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from loyalty.lib import translation
from loyalty.lib.rows import id_set
from partners.domain import words
from partners.models import Outlet, Partner

_WEIGHTS = (100, 60, 25, 10)  # name, category, texts, places
_MOST_WORDS, _MOST_LETTERS = 8, 100
# A chain has thousands of addresses: all its cities, and so many of the other words of its outlets.
_MOST_PLACE_WORDS = 250
_CHUNK = 200
_TEXTS = ("short_line", "description")


@dataclass(slots=True, frozen=True)
class Found:
    """What was found: partner id → how well (greater is better). `instead` is the text that was searched for where the typed one has no match."""

    scores: dict[int, int] = field(default_factory=dict)
    instead: str = ""


def find(text: str) -> Found:
    """Active partners that have all words of a text. A text without words finds nothing. At most three queries."""
    typed = text[:_MOST_LETTERS].replace("\x00", "")
    columns = _columns()
    asked = _asked(typed)
    if not asked:
        return Found()
    scores = [_scores(words.keys_asked(word), columns) for word in asked]
    if all(scores):
        return Found(_all_of(scores))
    other = _asked(words.swapped(typed))
    swapped = [_scores(words.keys_asked(word), columns) for word in other]
    if other and all(swapped):
        return Found(_all_of(swapped), " ".join(other))
    return _guessed(asked, scores, columns)


def refresh(*, partner_ids: Collection[int] | None = None) -> int:
    """Work the search column out again for these partners (None: all). Returns how many changed."""
    partners = Partner.objects.select_related("category").order_by("pk")
    if partner_ids is not None:
        partners = partners.filter(pk__in=id_set(partner_ids))
    changed = 0
    ids = list(partners.values_list("pk", flat=True))
    for start in range(0, len(ids), _CHUNK):
        chunk = list(partners.filter(pk__in=id_set(ids[start : start + _CHUNK])))
        stale = []
        for partner, column in zip(chunk, _columns_of(chunk), strict=True):
            if partner.search != column:
                partner.search = column
                stale.append(partner)
        changed += Partner.objects.bulk_update(stale, ["search"]) if stale else 0
    return changed


# --- The column ------------------------------------------------------------------------------------


def _columns() -> dict[int, str]:
    """Partner id → column, of active partners. One that isn't worked out yet is worked out on the way."""
    columns = dict(Partner.objects.filter(is_active=True).order_by().values_list("pk", "search"))
    missing = [pk for pk, column in columns.items() if not column]
    if missing:
        partners = list(Partner.objects.filter(pk__in=id_set(missing)).select_related("category"))
        columns.update(zip((partner.pk for partner in partners), _columns_of(partners), strict=True))
    return columns


def _columns_of(partners: Collection[Partner]) -> list[str]:
    places = _place_words([partner.pk for partner in partners])
    return [
        "|".join(
            _section(part)
            for part in (
                words.split(partner.name),
                words.split(_category(partner)),
                [word for text in _texts(partner) for word in words.split(text)],
                places.get(partner.pk, []),
            )
        )
        for partner in partners
    ]


def _category(partner: Partner) -> str:
    """The name of its category in each of the programme's languages."""
    return " ".join(translation.each(partner.category, "name").values()) if partner.category else ""


def _texts(partner: Partner) -> list[str]:
    """Its own texts in each of the programme's languages."""
    return [text for name in _TEXTS for text in translation.each(partner, name).values()]


def _section(its_words: Iterable[str]) -> str:
    return f" {' '.join(dict.fromkeys(key for word in its_words if word not in words.COMMON for key in words.keys(word)))} "


def _place_words(partner_ids: list[int]) -> dict[int, list[str]]:
    """The words of the outlets' cities, and the most frequent ones of their names and addresses, by partner."""
    cities: dict[int, dict[str, None]] = defaultdict(dict)
    others: dict[int, Counter[str]] = defaultdict(Counter)
    rows = Outlet.objects.filter(partner__in=id_set(partner_ids), is_active=True).order_by()
    for partner_id, city, name, address in rows.values_list("partner_id", "city", "name", "address").iterator():
        cities[partner_id].update(dict.fromkeys(words.split(city)))
        others[partner_id].update(word for word in words.split(f"{name} {address}") if len(word) > 2 and not word.isdigit())
    return {pk: [*known, *(word for word, _count in others[pk].most_common(_MOST_PLACE_WORDS))] for pk, known in cities.items()}


# --- Asking ----------------------------------------------------------------------------------------


def _asked(text: str) -> list[str]:
    """The words of a typed text; without the common ones, unless it has no others."""
    typed = words.split(text)[:_MOST_WORDS]
    return [word for word in typed if word not in words.COMMON] or typed


def _scores(keys: Collection[str], columns: Mapping[int, str]) -> dict[int, int]:
    """Partner id → how well one word fits: the whole word in the name best, the beginning of one in an address least."""
    found = {}
    for pk, column in columns.items():
        best = 0
        for place, key in enumerate(keys):
            if f" {key} " in column:
                best = max(best, _weight(column, f" {key} "))
            # The beginning of what was typed, and of a stem that is long enough to mean something.
            elif len(key) >= (2 if place == 0 else 4) and f" {key}" in column:
                best = max(best, _weight(column, f" {key}") * 3 // 4)
        if best:
            found[pk] = best
    return found


def _weight(column: str, pattern: str) -> int:
    return next(weight for section, weight in zip(column.split("|"), _WEIGHTS, strict=True) if pattern in section)


def _all_of(scores: list[dict[int, int]]) -> dict[int, int]:
    return {pk: sum(one[pk] for one in scores) for pk in scores[0] if all(pk in one for one in scores)}


def _guessed(asked: list[str], scores: list[dict[int, int]], columns: Mapping[int, str]) -> Found:
    """The same with the words that nobody has replaced by the most similar ones."""
    vocabulary = {key for column in columns.values() for key in column.replace("|", " ").split()}
    instead = []
    for place, word in enumerate(asked):
        if scores[place]:
            instead.append(word)
            continue
        similar = _similar(words.keys_asked(word), vocabulary)
        scores[place] = _scores_of_keys(similar, columns)
        if not scores[place]:
            return Found()
        best = max(scores[place], key=scores[place].__getitem__)
        instead.append(_as_written(similar, best, like=word) or word)
    return Found(_all_of(scores), " ".join(instead))


def _similar(keys: Iterable[str], vocabulary: Collection[str]) -> set[str]:
    """The keys that are fewest typing errors away: one in a short word, two in a longer one, none in a tiny one."""
    found: dict[str, int] = {}
    for key in keys:
        allowed = 0 if len(key) < 3 else 1 if len(key) < 6 else 2
        if allowed:
            # Only a text with typing errors in it comes here.
            from rapidfuzz import process
            from rapidfuzz.distance import OSA

            hits = process.extract(key, vocabulary, scorer=OSA.distance, score_cutoff=allowed, limit=10)
            found.update((hit, min(int(errors), found.get(hit, 9))) for hit, errors, _place in hits if hit[0] == key[0] or errors <= 1)
    least = min(found.values(), default=0)
    return {hit for hit, errors in found.items() if errors == least}


def _scores_of_keys(keys: Collection[str], columns: Mapping[int, str]) -> dict[int, int]:
    patterns = [f" {key} " for key in keys]
    found = {}
    for pk, column in columns.items():
        weights = [_weight(column, pattern) for pattern in patterns if pattern in column]
        if weights:
            found[pk] = max(weights) // 2
    return found


def _as_written(keys: Collection[str], partner_id: int, *, like: str) -> str:
    """A word of a partner's texts that has one of the keys, in the alphabet of what was typed if there is one; empty if its outlets have it."""
    partner = Partner.objects.select_related("category").filter(pk=partner_id).first()
    if partner is None:
        return ""
    texts = [partner.name, _category(partner), *_texts(partner)]
    found = [word for text in texts for word in words.split(text) if set(words.keys(word)) & set(keys)]
    found.sort(key=lambda word: words.is_cyrillic(word) != words.is_cyrillic(like))
    return found[0] if found else ""
