"""The form in which staff build quests: a quest's own fields, and those of the task that was chosen, kept as its parameters."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from quests.enums import Recurrence, Starts
from quests.models import Quest
from quests.triggers import TRIGGERS
from quests.triggers.base import Trigger

if TYPE_CHECKING:
    _Form = forms.ModelForm[Quest]
else:
    _Form = forms.ModelForm

# Posted by the choice of a task: show the form with the fields of that one, and save nothing.
CHOOSING = "_choosing"
# The part of the page that depends on the choice.
TASK_FIELDS = "task-fields"
# Triggers name plain fields; this is how they look in the admin.
_WIDGETS: dict[type[forms.Widget], type[forms.Widget]] = {
    forms.TextInput: UnfoldAdminTextInputWidget,
    forms.Textarea: UnfoldAdminTextareaWidget,
    forms.Select: UnfoldAdminSelectWidget,
    forms.SelectMultiple: UnfoldAdminSelectMultipleWidget,
}
_NUMBERS: dict[type[forms.Field], type[forms.Widget]] = {
    forms.IntegerField: UnfoldAdminIntegerFieldWidget,
    forms.DecimalField: UnfoldAdminDecimalFieldWidget,
}


class TaskSelect(UnfoldAdminSelectWidget):
    """The choice of a task: another one brings its fields at once. Without that they come with the page that a save brings."""

    class Media:
        js = ("js/task-fields.js",)

    def render(self, *args: Any, **kwargs: Any) -> SafeString:
        return format_html("<task-fields>{}</task-fields>", super().render(*args, **kwargs))


class QuestForm(_Form):
    """A quest. What doesn't go together is said at the field that can mend it."""

    # The task whose fields the form has.
    task: Trigger | None = None

    class Meta:
        model = Quest
        exclude = ("parameters", "winners", "created_at")
        widgets = {"trigger": TaskSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "trigger" in self.fields:
            hints = [self.task] if self.task else [trigger() for trigger in TRIGGERS.values()]
            self.fields["trigger"].help_text = " ".join(str(trigger.hint) for trigger in hints if trigger.hint)
        if self.task is None:
            return
        for name, value in self.task.filled_in(self.instance.parameters).items():
            if name in self.fields:
                self.fields[name].initial = value
                # What members were promised when they began isn't changed.
                self.fields[name].disabled = "trigger" not in self.fields

    def full_clean(self) -> None:
        if CHOOSING in self.data:
            self._errors, self.cleaned_data = ErrorDict(), {}
        else:
            super().full_clean()

    def is_valid(self) -> bool:
        return CHOOSING not in self.data and super().is_valid()

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if "trigger" not in values or self.task is None:
            return values
        try:
            self.instance.parameters = self.task.parameters(values)
        except ValidationError as error:
            self.add_error(None, error)
        if values.get("recurrence") == Recurrence.EVERY_PERIOD and not values.get("period"):
            self.add_error("period", ValidationError(gettext("Say which period.")))
        if values.get("starts") == Starts.JOINED and not values.get("personal_days"):
            self.add_error("personal_days", ValidationError(gettext("Say how many days the member has.")))
        if not values.get("reward_tokens") and not values.get("reward_points"):
            self.add_error("reward_tokens", ValidationError(gettext("A quest gives tokens, points or both.")))
        target = values.get("target")
        if target is not None and not self.task.money and target != int(target):
            self.add_error("target", ValidationError(gettext("This target is a whole number.")))
        if self.instance.pk and any(other.pk == self.instance.pk for other in values.get("requires") or ()):
            self.add_error("requires", ValidationError(gettext("A quest can't open after itself.")))
        return values


def form_for(task: Trigger | None) -> type[QuestForm]:
    """The form with the fields of a task; without one, with a quest's own alone."""
    fields = task.fields() if task else {}
    return type("QuestForm", (QuestForm,), {**{name: _dressed(field) for name, field in fields.items()}, "task": task})


def chosen(posted: Mapping[str, Any], asked: Mapping[str, Any], quest: Quest | None, *, may_change: bool) -> Trigger | None:
    """The task whose fields a page shows: the one posted, asked for in the address, or the quest's; None: there is none yet."""
    slug = quest.trigger if quest is not None else ""
    if may_change:
        slug = posted.get("trigger") or asked.get("trigger") or slug
    return TRIGGERS[slug]() if slug in TRIGGERS else None


def _dressed(field: forms.Field) -> forms.Field:
    """The field with a widget of the admin's look."""
    widget = (_NUMBERS.get(type(field)) or _WIDGETS[type(field.widget)])()
    widget.attrs |= field.widget_attrs(widget)
    if isinstance(field, forms.ChoiceField):
        widget.choices = field.choices  # type: ignore[attr-defined]
    field.widget = widget
    return field
