"""Logging in by e-mail or phone."""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.account.models import Login
from allauth.core import context
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from loyalty.web import allauth_seam
from loyalty.web.codes import may_send_codes
from loyalty.web.fields import read_email, read_phone


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
    users = [user for user in allauth_seam.active_users_with_email(email) if not user.signup_pending]
    return users[0] if users else None
