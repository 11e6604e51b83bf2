"""The member's name, birthday and contacts."""

from typing import Any

from django import forms
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from loyalty.web.fields import EmailField, PhoneField


class NameForm(forms.Form):
    """How the member wants to be called."""

    first_name = forms.CharField(
        label=_("First name"), max_length=100, required=False, widget=forms.TextInput(attrs={"class": "inp", "autocomplete": "given-name"})
    )
    last_name = forms.CharField(
        label=_("Last name"), max_length=100, required=False, widget=forms.TextInput(attrs={"class": "inp", "autocomplete": "family-name"})
    )


class BirthdayForm(forms.Form):
    """Day and month; the year isn't asked for."""

    birth_day = forms.TypedChoiceField(label=_("Day"), coerce=int, empty_value=None, required=False)
    birth_month = forms.TypedChoiceField(label=_("Month"), coerce=int, empty_value=None, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["birth_day"].choices = [("", "—"), *((str(day), str(day)) for day in range(1, 32))]  # type: ignore[attr-defined]
        self.fields["birth_month"].choices = [("", "—"), *((str(number), str(name)) for number, name in MONTHS.items())]  # type: ignore[attr-defined]


class NewPhoneForm(forms.Form):
    """The phone to change to."""

    contact = PhoneField(label=_("New phone"))


class NewEmailForm(forms.Form):
    """The e-mail to change to."""

    contact = EmailField(label=_("New e-mail"))
