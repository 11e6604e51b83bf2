"""Signing up: the one screen, and the card digits that attach it to a member met before."""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.core import context
from django import forms
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import signup_session
from accounts.domain import enrol
from accounts.domain.consent import Agreement
from accounts.models import User
from loyalty.lib.errors import DomainError
from loyalty.web import allauth_seam
from loyalty.web.codes import may_send_codes
from loyalty.web.fields import EmailField, PhoneField
from loyalty.web.page import programme_of


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
        """Begin the sign-up. Where a contact has a log-in, the pages are the same, and only its owner is notified."""
        now = timezone.now()
        number, email = self.cleaned_data["phone"], self.cleaned_data["email"]
        version = programme_of(request).rules_version
        signup_session.write_agreement(request, Agreement(version=version, marketing=self.cleaned_data["promo"], at=now, source="signup"))
        signup_session.write_typed(request, phone=number, email=email, promo=self.cleaned_data["promo"])
        user = None
        try:
            user = enrol.begin(phone=number, email=email, language=get_language() or "", now=now)
        except DomainError:
            return None, allauth_seam.sign_up_nobody(request, email=email, phone=number)
        login = Login(user=user, email=email, phone=number, signup=True, redirect_url=get_next_redirect_url(request))
        return user, allauth_seam.log_in(request, login)


class LastDigitsForm(forms.Form):
    """The last four digits of the card that the member has had before."""

    digits = forms.CharField(
        label=_("Last 4 digits of the card"),
        max_length=8,
        widget=forms.TextInput(attrs={"class": "inp code", "inputmode": "numeric", "autocomplete": "off", "maxlength": 4, "pattern": "[0-9]{4}"}),
        validators=[RegexValidator(r"^[0-9]{4}$", _("Enter 4 digits."))],
        error_messages={"required": _("Enter 4 digits.")},
    )
