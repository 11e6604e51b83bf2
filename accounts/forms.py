"""Forms of the log-in and sign-up pages, on allauth's; error sentences say what is wrong and how to mend it."""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.account.internal import flows
from allauth.account.internal.userkit import filter_users_by_email
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.core import context
from allauth.mfa.base import forms as mfa_forms
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.domain import enrol, phone, rate_limit
from accounts.domain.consent import Agreement
from accounts.domain.reference import luhn_is_right
from accounts.models import User
from accounts.stages import write_agreement
from loyalty.lib.errors import DomainError
from loyalty.web.page import programme_of

SIGNUP_CONTACTS_KEY = "signup.contacts"
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


def client_address(request: HttpRequest) -> str:
    """The address that limits count by."""
    return str(get_adapter().get_client_ip(request))


def may_send_codes(request: HttpRequest, *contacts: str) -> bool:
    """Count codes that are about to be sent to contacts; False if that is too many, for known and unknown ones alike."""
    now = timezone.now()
    allowed = [rate_limit.allow(rate_limit.CODES_FROM_ADDRESS, key=client_address(request), now=now)]
    allowed += [rate_limit.allow(rate_limit.CODES_TO_CONTACT, key=contact, now=now) for contact in contacts]
    return all(allowed)


def dress(form: forms.Form) -> None:
    """Give allauth's text fields our look."""
    for field in form.fields.values():
        if isinstance(field.widget, (forms.TextInput, forms.PasswordInput)) and not field.widget.is_hidden:
            field.widget.attrs["class"] = "inp"
            field.widget.attrs.pop("placeholder", None)


class SignupForm(allauth_forms.SignupForm):
    """The one screen of the sign-up: phone, e-mail, the consent that is needed and the one that isn't."""

    consent = forms.BooleanField(label=_("Consent"), error_messages={"required": _("There is no card without consent")})
    promo = forms.BooleanField(required=False)
    field_order = ["phone", "email", "consent", "promo"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"] = PhoneField(help_text=_("The code comes by SMS"))
        self.fields["email"] = EmailField(help_text=_("For receipts and for getting back in"))
        self.order_fields(self.field_order)

    def validate_unique_email(self, value: str) -> str:
        # Whether it is known shows only to its owner, in the mail.
        return value

    def _clean_phone(self) -> None:
        # Nor does the form tell whether the phone is.
        return

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if not self.errors and not may_send_codes(context.request, cleaned["phone"], cleaned["email"]):
            raise get_adapter().validation_error("rate_limited")
        return cleaned

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse]:
        """Begin the sign-up. Where a contact has a log-in, the pages are the same, and only its owner is told."""
        now = timezone.now()
        number, email = self.cleaned_data["phone"], self.cleaned_data["email"]
        version = programme_of(request).rules_version
        write_agreement(request, Agreement(version=version, marketing=self.cleaned_data["promo"], at=now, source="signup"))
        request.session[SIGNUP_CONTACTS_KEY] = {"phone": number, "email": email, "promo": self.cleaned_data["promo"]}
        user = None
        try:
            user = enrol.begin(phone=number, email=email, language=get_language() or "", now=now)
        except DomainError:
            return None, flows.signup.prevent_enumeration(request, email=email, phone=number)
        login = Login(user=user, email=email, phone=number, signup=True, redirect_url=get_next_redirect_url(request))
        return user, flows.login.perform_login(request, login)


class LoginForm(allauth_forms.LoginForm):
    """By e-mail or phone. A code is sent, unless the page asked for the password (`?with=password`)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        attrs = {"class": "inp", "autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        errors = {"required": _("Enter a phone number or an e-mail address.")}
        self.fields["login"] = forms.CharField(label=_("Phone or e-mail"), max_length=254, widget=forms.TextInput(attrs=attrs), error_messages=errors)
        self.order_fields(["login", "password"])

    def _setup_password_field(self) -> None:
        given = self.data if self.is_bound else self.request.GET if self.request else {}
        self.by_password = "password" in given if self.is_bound else given.get("with") == "password"
        if not self.by_password:
            del self.fields["password"]
            return
        field = self.fields["password"]
        field.help_text, field.widget.attrs = "", {"class": "inp", "autocomplete": "current-password"}
        field.error_messages["required"] = gettext("Enter the password, or ask for a code.")

    def clean_login(self) -> str:
        text = self.cleaned_data["login"].strip()
        return read_email(text) if "@" in text else read_phone(text)

    def user_credentials(self) -> dict[str, str]:
        login = self.cleaned_data["login"]
        credentials = {"email" if "@" in login else "phone": login}
        if password := self.cleaned_data.get("password"):
            credentials["password"] = password
        return credentials

    def _clean_without_password(self, email: str | None, phone: str | None) -> dict[str, Any]:
        if not may_send_codes(context.request, email or phone or ""):
            raise get_adapter().validation_error("rate_limited")
        self.user = user_by_email(email) if email else get_adapter().get_user_by_phone(phone)
        return self.cleaned_data

    def _clean_with_password(self, credentials: dict[str, str]) -> dict[str, Any]:
        adapter = get_adapter(self.request)
        user = adapter.authenticate(self.request, **credentials)
        if user is None:
            raise adapter.validation_error("email_password_mismatch" if "email" in credentials else "phone_password_mismatch")
        self._login = Login(user=user, email=credentials.get("email"))
        self.user = user
        return self.cleaned_data


def user_by_email(email: str) -> User | None:
    """The log-in that has an e-mail; one whose sign-up isn't finished has none yet."""
    users = [user for user in filter_users_by_email(email, is_active=True, prefer_verified=True, for_login=True) if not user.signup_pending]
    return users[0] if users else None


class CodeForm(allauth_forms.BaseConfirmCodeForm):
    """A code that was sent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = CodeField()


class ConfirmLoginCodeForm(CodeForm):
    """The code of a log-in."""


class ConfirmResetCodeForm(CodeForm):
    """The code that lets set a new password."""


class ConfirmPhoneCodeForm(CodeForm):
    """The code of a sign-up's phone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.user, self.phone = kwargs.pop("user", None), kwargs.pop("phone", None)
        super().__init__(*args, **kwargs)
        if self.user is None:
            # Nobody signs up here: the number has a log-in, or a later sign-up took the place of this one.
            self.expected_code = ""


class ConfirmEmailCodeForm(CodeForm):
    """The code of a sign-up's e-mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.user, self.email = kwargs.pop("user", None), kwargs.pop("email", None)
        super().__init__(*args, **kwargs)
        if self.user is None:
            self.expected_code = ""


class ResetPasswordForm(allauth_forms.ResetPasswordForm):
    """Asks for a code to the e-mail."""

    email = EmailField()

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if not may_send_codes(context.request, email):
            raise get_adapter().validation_error("rate_limited")
        user = user_by_email(email)
        self.users = [user] if user else []
        return email


def dress_new_password(form: forms.Form) -> None:
    """Our look, and one sentence about passwords instead of a list."""
    dress(form)
    form.fields["password1"].help_text = _("At least 8 characters, not only digits, and no word that everybody uses.")


class ResetPasswordKeyForm(allauth_forms.ResetPasswordKeyForm):
    """A new password after the code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress_new_password(self)


class ChangePasswordForm(allauth_forms.ChangePasswordForm):
    """The current password and the new one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress_new_password(self)
        self.fields["oldpassword"].help_text = ""


class SetPasswordForm(allauth_forms.SetPasswordForm):
    """A first password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress_new_password(self)


class ReauthenticateForm(allauth_forms.ReauthenticateForm):
    """The password once more, before something delicate."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)
        self.fields["password"].help_text = ""


class AuthenticateForm(mfa_forms.AuthenticateForm):
    """The code of the authenticator app, or a recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)


class MFAReauthenticateForm(mfa_forms.ReauthenticateForm):
    """The code of the authenticator app once more, before something delicate."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)


class LastDigitsForm(forms.Form):
    """The last four digits of the card that the member has had before."""

    digits = forms.CharField(
        label=_("Last 4 digits of the card"),
        max_length=8,
        widget=forms.TextInput(attrs={"class": "inp code", "inputmode": "numeric", "autocomplete": "off", "maxlength": 4, "pattern": "[0-9]{4}"}),
        validators=[RegexValidator(r"^[0-9]{4}$", _("Enter 4 digits."))],
        error_messages={"required": _("Enter 4 digits.")},
    )


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
        from django.utils.dates import MONTHS

        self.fields["birth_day"].choices = [("", "—"), *((str(day), str(day)) for day in range(1, 32))]  # type: ignore[attr-defined]
        self.fields["birth_month"].choices = [("", "—"), *((str(number), str(name)) for number, name in MONTHS.items())]  # type: ignore[attr-defined]


class NewPhoneForm(forms.Form):
    """The phone to change to."""

    contact = PhoneField(label=_("New phone"))


class NewEmailForm(forms.Form):
    """The e-mail to change to."""

    contact = EmailField(label=_("New e-mail"))
