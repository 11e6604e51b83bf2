"""Asking for a password, choosing a new one."""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.core import context
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.login import user_by_email
from loyalty.web.codes import may_send_codes
from loyalty.web.fields import EmailField, dress


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
