"""The six digits that were sent: of a log-in, a sign-up, a new password."""

from typing import Any

from loyalty.web.challenge import CodeForm


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
