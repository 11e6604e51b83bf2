"""A letter to us."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.domain.notifications.contact_requests import LONGEST
from accounts.models.contact_request import Topic


class LetterForm(forms.Form):
    """A letter to us: the topic, a purchase if it is about one, the text."""

    topic = forms.TypedChoiceField(label=_("What it is about"), coerce=Topic)
    order = forms.TypedChoiceField(label=_("Purchase"), coerce=int, empty_value=None, required=False)
    text = forms.CharField(
        label=_("Your letter"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"class": "inp", "rows": 6}),
        error_messages={"required": _("Write what it is about."), "max_length": _("The letter is too long: 4,000 characters at most.")},
    )

    def __init__(self, orders: list[tuple[int, str]], *, data: Any = None, order: str = "") -> None:
        super().__init__(data, initial={"order": order, "topic": Topic.POINTS if order else ""})
        topics = [(topic, str(topic.label)[:1].upper() + str(topic.label)[1:]) for topic in Topic]
        self.fields["topic"].choices = topics  # type: ignore[attr-defined]
        self.fields["order"].choices = [("", gettext("About no purchase")), *((str(pk), name) for pk, name in orders)]  # type: ignore[attr-defined]
