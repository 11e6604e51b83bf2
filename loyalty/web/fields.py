"""Fields in which people type contacts and codes; error sentences say what is wrong and how to mend it."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.domain import phone
from loyalty.lib.errors import DomainError

CODE_LENGTH = 6


class PhoneField(forms.CharField):
    """A phone as people type it; its value is the number in E.164 form."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"type": "tel", "inputmode": "tel", "autocomplete": "tel", "class": "inp", "placeholder": "+7 900 000-00-00"}
        kwargs = {"label": _("Phone"), "widget": forms.TextInput(attrs=attrs), "max_length": 40, **kwargs}
        kwargs.setdefault("error_messages", {"required": _("Enter the phone number: the code will be sent to it.")})
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        return read_phone(text) if text else ""


class EmailField(forms.EmailField):
    """An e-mail address in lower case."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "email", "autocomplete": "email", "class": "inp", "placeholder": "you@example.org"}
        kwargs = {"label": _("E-mail"), "widget": forms.EmailInput(attrs=attrs), **kwargs}
        kwargs.setdefault("error_messages", {"required": _("Enter the e-mail: the second code will be sent to it.")})
        super().__init__(**kwargs)

    def run_validators(self, value: str) -> None:
        if value:
            read_email(value)
        super().run_validators(value)

    def clean(self, value: Any) -> str:
        return str(super().clean(value)).lower()


class CodeField(forms.CharField):
    """Six digits; blanks and hyphens between them are fine."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"class": "inp code", "inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": 12, "autofocus": True}
        super().__init__(label=_("6 digits"), widget=forms.TextInput(attrs=attrs), error_messages={"required": _("Enter the 6 digits of the code.")}, **kwargs)

    def to_python(self, value: Any) -> str:
        return "".join(char for char in super().to_python(value) or "" if not char.isspace() and char != "-")

    def run_validators(self, value: str) -> None:
        if value and not (value.isascii() and value.isdigit() and len(value) == CODE_LENGTH):
            raise ValidationError(gettext("The code has 6 digits."), code="not_a_code")


def read_phone(text: str) -> str:
    """The number in E.164 form. Raises ValidationError that says what is missing."""
    try:
        return phone.parse(text, region=settings.PHONENUMBER_DEFAULT_REGION)
    except DomainError as error:
        count = error.details.get("count", 0)
        if error.code == "phone_too_short":
            text = ngettext("The number lacks %(count)s digit", "The number lacks %(count)s digits", count) % {"count": count}
        elif error.code == "phone_too_long":
            text = ngettext("The number has %(count)s digit too many", "The number has %(count)s digits too many", count) % {"count": count}
        else:
            text = gettext("Enter the number in digits, as in +7 900 000-00-00")
        raise ValidationError(text, code=error.code) from None


def read_email(text: str) -> str:
    """The address in lower case. Raises ValidationError that says what is missing."""
    name, at, domain = text.strip().rpartition("@")
    if not at or not name:
        raise ValidationError(gettext("The address lacks the part with @, as in you@example.org"), code="no_at")
    if "." not in domain.strip("."):
        raise ValidationError(gettext("The ending seems to be missing: .org, .com"), code="no_ending")
    return str(forms.EmailField(error_messages={"invalid": _("Check the address: it can't be written like this.")}).clean(text)).lower()


def dress(form: forms.Form) -> None:
    """Give allauth's text fields our look."""
    for field in form.fields.values():
        if isinstance(field.widget, (forms.TextInput, forms.PasswordInput)) and not field.widget.is_hidden:
            field.widget.attrs["class"] = "inp"
            field.widget.attrs.pop("placeholder", None)
