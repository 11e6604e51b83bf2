"""The form in which staff build quests: the conditions of every trigger in plain fields, kept as the quest's parameters."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from partners.models import Category, Partner
from quests import triggers
from quests.enums import Recurrence, Starts, TriggerKind
from quests.models import Quest

if TYPE_CHECKING:
    _Form = forms.ModelForm[Quest]
else:
    _Form = forms.ModelForm

CODE_USES = (("once", _("each member once")), ("daily", _("each member once a day")), ("single", _("one member only")))
CONDITIONS = ("partners", "categories", "cities", "weekdays", "hour_from", "hour_to", "at_least")
OF_KINDS = ("codes", "code_use", "questions")
LABELS = {
    "partners": _("At partners"),
    "categories": _("In sections of the catalogue"),
    "weekdays": _("On weekdays"),
    "hour_from": _("From hour"),
    "hour_to": _("Until hour"),
    "at_least": _("Purchase of at least"),
    "codes": _("Codes"),
}


class QuestForm(_Form):
    """A quest. What doesn't go together is said at the field that can mend it."""

    partners = forms.ModelMultipleChoiceField(Partner.objects.none(), required=False, label=LABELS["partners"], widget=UnfoldAdminSelectMultipleWidget)
    categories = forms.ModelMultipleChoiceField(Category.objects.none(), required=False, label=LABELS["categories"], widget=UnfoldAdminSelectMultipleWidget)
    cities = forms.CharField(required=False, label=_("In cities"), help_text=_("Separated by commas."), widget=UnfoldAdminTextInputWidget)
    weekdays = forms.TypedMultipleChoiceField(
        choices=list(WEEKDAYS.items()), coerce=int, required=False, label=LABELS["weekdays"], widget=UnfoldAdminSelectMultipleWidget
    )
    hour_from = forms.IntegerField(min_value=0, max_value=23, required=False, label=LABELS["hour_from"], widget=UnfoldAdminIntegerFieldWidget)
    hour_to = forms.IntegerField(
        min_value=1,
        max_value=24,
        required=False,
        label=LABELS["hour_to"],
        help_text=_("11 means: before 11:00. From 22 until 6 goes over midnight."),
        widget=UnfoldAdminIntegerFieldWidget,
    )
    at_least = forms.DecimalField(
        min_value=Decimal(1), max_digits=12, decimal_places=2, required=False, label=LABELS["at_least"], widget=UnfoldAdminDecimalFieldWidget
    )
    codes = forms.CharField(
        required=False, label=LABELS["codes"], help_text=_("One a line: the code, a space, and where it hangs."), widget=UnfoldAdminTextareaWidget
    )
    code_use = forms.ChoiceField(choices=CODE_USES, required=False, label=_("A code counts"), widget=UnfoldAdminSelectWidget)
    questions = forms.CharField(
        required=False,
        label=_("Questions"),
        help_text=_("A question on a line of its own, below it its answers: “- ” before each, “* ” before the right one. In a survey all have “- ”."),
        widget=UnfoldAdminTextareaWidget,
    )

    class Meta:
        model = Quest
        exclude = ("parameters", "winners", "created_at")
        help_texts = {"trigger": _("Friends are those who joined by the member's invitation and bought: they need invitations to be on.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, model in (("partners", Partner), ("categories", Category)):
            if name in self.fields:
                self.fields[name].queryset = model._default_manager.all()  # type: ignore[attr-defined]
        for name, value in _fields_of(self.instance.parameters).items():
            if name in self.fields:
                self.fields[name].initial = value

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if "trigger" not in values:
            return values
        self.instance.parameters = self._parameters(values)
        trigger = triggers.trigger_of(values["trigger"])
        if trigger.needs and not any(self.instance.parameters.get(name) not in (None, "", []) for name in trigger.needs):
            names = ", ".join(str(LABELS[name]) for name in trigger.needs)
            self.add_error(trigger.needs[0], ValidationError(gettext("This kind of quest needs one of: %(names)s.") % {"names": names}))
        if values["trigger"] == TriggerKind.QUIZ and not self.instance.parameters.get("questions"):
            self.add_error("questions", ValidationError(gettext("Write at least one question.")))
        if values.get("recurrence") == Recurrence.EVERY_PERIOD and not values.get("period"):
            self.add_error("period", ValidationError(gettext("Say which period.")))
        if values.get("starts") == Starts.JOINED and not values.get("personal_days"):
            self.add_error("personal_days", ValidationError(gettext("Say how many days the member has.")))
        if not values.get("reward_tokens") and not values.get("reward_points"):
            self.add_error("reward_tokens", ValidationError(gettext("A quest gives tokens, points or both.")))
        target = values.get("target")
        if target is not None and not trigger.money and target != int(target):
            self.add_error("target", ValidationError(gettext("This target is a whole number.")))
        if self.instance.pk and any(other.pk == self.instance.pk for other in values.get("requires") or ()):
            self.add_error("requires", ValidationError(gettext("A quest can't open after itself.")))
        return values

    def _parameters(self, values: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {
            "partners": [one.pk for one in values.get("partners") or ()],
            "categories": [one.pk for one in values.get("categories") or ()],
            "cities": [name.strip() for name in (values.get("cities") or "").split(",") if name.strip()],
            "weekdays": sorted(values.get("weekdays") or ()),
            "hour_from": values.get("hour_from"),
            "hour_to": values.get("hour_to"),
            "at_least": str(values["at_least"]) if values.get("at_least") else None,
        }
        if values["trigger"] == TriggerKind.CODE:
            lines = [line.strip().partition(" ") for line in (values.get("codes") or "").splitlines() if line.strip()]
            found["codes"] = [{"code": code, "title": title.strip()} for code, _space, title in lines]
            found["code_use"] = values.get("code_use") or "once"
        if values["trigger"] == TriggerKind.QUIZ:
            try:
                found["questions"] = read_questions(values.get("questions") or "")
            except ValueError as error:
                self.add_error("questions", ValidationError(str(error)))
        return {name: value for name, value in found.items() if value not in (None, [], "")}


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


def _fields_of(parameters: dict[str, Any]) -> dict[str, Any]:
    """Parameters as the form shows them."""
    shown = {name: parameters.get(name) for name in ("partners", "categories", "weekdays", "hour_from", "hour_to", "at_least", "code_use")}
    shown["cities"] = ", ".join(parameters.get("cities", ()))
    shown["codes"] = "\n".join(f"{one['code']} {one.get('title', '')}".strip() for one in parameters.get("codes", ()))
    lines = []
    for question in parameters.get("questions", ()):
        lines.append(question["text"])
        lines += [f"{'*' if question.get('right') == place else '-'} {choice}" for place, choice in enumerate(question["choices"])]
    shown["questions"] = "\n".join(lines)
    return shown
