"""A quiz or survey answered."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from quests.triggers.base import DeedTrigger


class Quiz(DeedTrigger):
    """Counts questions of the quest that the member has answered."""

    slug = "quiz"
    label = _("a quiz or survey answered")
    position = 170

    def fields(self) -> dict[str, forms.Field]:
        return {
            "questions": forms.CharField(
                required=False,
                label=_("Questions"),
                help_text=_("A question on a line of its own, below it its answers: “- ” before each, “* ” before the right one. In a survey all have “- ”."),
                widget=forms.Textarea,
            )
        }

    def kept(self, values: Mapping[str, Any]) -> dict[str, Any]:
        try:
            questions = read_questions(values.get("questions") or "")
        except ValueError as error:
            raise ValidationError({"questions": str(error)}) from error
        if not questions:
            raise ValidationError({"questions": gettext("Write at least one question.")})
        return {"questions": questions}

    def filled_in(self, kept: Mapping[str, Any]) -> dict[str, Any]:
        lines = []
        for question in kept.get("questions", ()):
            lines.append(question["text"])
            lines += [f"{'*' if question.get('right') == place else '-'} {choice}" for place, choice in enumerate(question["choices"])]
        return {"questions": "\n".join(lines)}


def read_questions(text: str) -> list[dict[str, Any]]:
    """Questions as staff write them. Raises ValueError with a sentence."""
    found: list[dict[str, Any]] = []
    for line in (line.strip() for line in text.splitlines()):
        if not line:
            continue
        if line[:1] in "-*•":
            if not found:
                raise ValueError(gettext("An answer stands before the first question: %(line)s") % {"line": line})
            if line[0] == "*":
                found[-1]["right"] = len(found[-1]["choices"])
            found[-1]["choices"].append(line[1:].strip())
        else:
            found.append({"id": f"q{len(found) + 1}", "text": line, "choices": []})
    for question in found:
        if len(question["choices"]) < 2:
            raise ValueError(gettext("“%(question)s” needs at least two answers.") % {"question": question["text"]})
    return found
