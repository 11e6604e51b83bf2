"""The code of an authenticator app, for staff."""

from typing import Any

from allauth.mfa.base import forms as mfa_forms

from loyalty.web.fields import dress


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
