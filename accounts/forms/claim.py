"""Claiming a card that has no log-in yet."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.domain.reference import luhn_is_right


class ClaimForm(forms.Form):
    """The number of a card that has no log-in yet, and the consents."""

    number = forms.CharField(
        label=_("Card number"),
        max_length=30,
        widget=forms.TextInput(attrs={"class": "inp", "inputmode": "numeric", "autocomplete": "off", "placeholder": "9040 0000 0000 0000"}),
        error_messages={"required": _("Enter the 16 digits of the card.")},
    )
    consent = forms.BooleanField(label=_("Consent"), error_messages={"required": _("There is no card without consent")})
    promo = forms.BooleanField(required=False)

    def clean_number(self) -> str:
        number = "".join(char for char in self.cleaned_data["number"] if not char.isspace() and char != "-")
        if not (number.isascii() and number.isdigit()):
            raise ValidationError(gettext("A card number is made of digits."))
        if len(number) != 16:
            raise ValidationError(gettext("A card number has 16 digits."))
        if not luhn_is_right(number):
            raise ValidationError(gettext("One of the digits is wrong: compare the number with the card."))
        return number
