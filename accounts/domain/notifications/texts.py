"""The words of a scenario in a language: staff's latest version, else the ones in the code; filled with a member's values."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import translation
from django.utils.translation import gettext, gettext_noop

from accounts.domain.notifications import formats
from accounts.domain.notifications.scenarios import SCENARIOS
from accounts.domain.notifications.scenarios.base import ScenarioKind
from accounts.models import Scenario, ScenarioText, User
from loyalty.lib.errors import DomainError

_PLACEHOLDER = re.compile(r"\{(\w*)\}")
ALWAYS = ("programme", "name", "link")
_TITLE_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Wording:
    """A text with placeholders. Version 0 is the one in the code."""

    title: str
    body: str
    sms: str
    button: str = ""
    version: int = 0


class Wordings:
    """The switches and texts of scenarios, read once for a batch of messages."""

    def __init__(self, slugs: Collection[str]) -> None:
        self._off = set(Scenario.objects.filter(pk__in=slugs, is_on=False).values_list("pk", flat=True))
        self._known: dict[tuple[str, str], Wording] = {}
        for text in ScenarioText.objects.filter(scenario_id__in=slugs).order_by("version"):
            self._known[text.scenario_id, text.language] = Wording(text.title, text.body, text.sms, text.button, text.version)

    def is_on(self, slug: str) -> bool:
        """Whether staff have the scenario switched on."""
        return slug not in self._off

    def get(self, slug: str, language: str) -> Wording:
        """The words in force."""
        if (slug, language) not in self._known:
            self._known[slug, language] = default(SCENARIOS[slug], language)
        return self._known[slug, language]


def days_before(slug: str) -> int:
    """How many days before the end a scenario comes: staff's choice, else the code's."""
    chosen = Scenario.objects.filter(pk=slug).values_list("days_before", flat=True).first()
    return chosen or SCENARIOS[slug].days_before or 1


def default(kind: type[ScenarioKind], language: str) -> Wording:
    """The words in the code, translated."""
    with translation.override(language):
        title, body, sms, button = (gettext(text) if text else "" for text in (kind.title, kind.body, kind.sms, kind.button))
        return Wording(title, body, sms, button)


def filled(text: str, values: Mapping[str, str]) -> str:
    """A text with its placeholders replaced; an unknown one stays as written."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)


def in_words(values: Mapping[str, Any], placeholders: Mapping[str, str]) -> dict[str, str]:
    """Values as words of the active language, by the kinds of their placeholders, or their own: (kind, value)."""
    return {name: cell(value, placeholders.get(name, "text")) for name, value in values.items()}


def cell(value: Any, kind: str = "text") -> str:
    """One value in words of the active language."""
    if isinstance(value, tuple):
        kind, value = value
    return formats.KINDS[kind](value)


def title_of(wording: Wording, values: Mapping[str, str]) -> str:
    """The title, on one line and within its column. Without a first name “{name}” leaves no dangling comma."""
    text = wording.title
    if not values.get("name"):
        text = re.sub(r",?\s*\{name\}", "", text)
    return " ".join(filled(text, values).replace("\u00a0", "\x00").split()).replace("\x00", "\u00a0")[:_TITLE_LENGTH]


def check(texts: Collection[str], placeholders: Collection[str]) -> None:
    """Raises DomainError unknown_placeholder for a placeholder that nothing will fill."""
    for text in texts:
        for name in _PLACEHOLDER.findall(text):
            if name not in placeholders and name not in ALWAYS:
                raise DomainError("unknown_placeholder", gettext_noop("There is no such placeholder."), name=name)


def reword(slug: str, *, language: str, wording: Wording, author: User | None, now: datetime) -> ScenarioText:
    """Put a new version of a scenario's text in force. The versions before it stay. Raises DomainError unknown_placeholder."""
    kind = SCENARIOS[slug]
    check((wording.title, wording.body, wording.sms, wording.button), kind.placeholders)
    if language not in dict(settings.LANGUAGES):
        raise DomainError("unknown_language", gettext_noop("There is no such language."))
    with transaction.atomic():
        Scenario.objects.get_or_create(pk=slug)
        Scenario.objects.select_for_update().get(pk=slug)
        last = ScenarioText.objects.filter(scenario_id=slug, language=language).aggregate(last=Max("version"))["last"] or 0
        return ScenarioText.objects.create(
            scenario_id=slug,
            language=language,
            version=last + 1,
            title=wording.title,
            body=wording.body,
            sms=wording.sms,
            button=wording.button,
            author=author,
            created_at=now,
        )


def sample(slug: str, *, language: str, programme: str, site_url: str, wording: Wording | None = None) -> Wording:
    """The text filled with example values, for a preview."""
    kind = SCENARIOS[slug]
    words = wording or Wordings([slug]).get(slug, language)
    with translation.override(language):
        values = in_words(kind.sample, kind.placeholders) | {"programme": programme, "name": gettext("Maria"), "link": f"{site_url}{kind.url}"}
        return Wording(title_of(words, values), filled(words.body, values), filled(words.sms, values), words.button, words.version)
