"""A code to a contact outside a log-in: claiming a card, changing a contact. Kept in the session, as allauth keeps its codes."""

import time
from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from accounts.domain.rate_limit import GUESSES_PER_CODE
from loyalty.web.allauth_seam import CodeProcess, is_same_code
from loyalty.web.codes import may_guess, may_send_codes, resend_wait
from loyalty.web.fields import CodeField

TIMEOUT = 600  # seconds
RESENDS = 3


class CodeForm(allauth_forms.BaseConfirmCodeForm):
    """A code that was sent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = CodeField()


class Challenge(CodeProcess):
    """One code to one contact. A silent one looks the same and is never right: nobody may tell it from a real one."""

    def __init__(self, request: HttpRequest, name: str, state: dict[str, Any]) -> None:
        super().__init__(max_attempts=GUESSES_PER_CODE, timeout=TIMEOUT, state=state)
        self.request, self.name = request, name

    @classmethod
    def start(cls, request: HttpRequest, name: str, *, contact: str, silent: bool = False, **kept: Any) -> "Challenge":
        """Send a code to the contact (a phone in E.164 or an e-mail). `kept` comes back in `state`."""
        state = {**cls.initial_state(None), "contact": contact, "silent": silent, **kept}
        challenge = cls(request, name, state)
        challenge.send()
        challenge.persist()
        return challenge

    @classmethod
    def resume(cls, request: HttpRequest, name: str) -> "Challenge | None":
        """The code under way, None if there is none or its time is over."""
        state = request.session.get(_key(name))
        challenge = cls(request, name, state) if state else None
        return challenge.abort_if_invalid() if challenge else None

    @property
    def contact(self) -> str:
        """Where the code went."""
        return str(self.state["contact"])

    def send(self) -> None:
        """Make a code and send it."""
        adapter = get_adapter()
        self.state["code"] = ""
        if self.state["silent"]:
            return
        user = self.request.user if self.request.user.is_authenticated else None
        self.state["code"] = adapter.generate_login_code()
        if "@" in self.contact:
            adapter.send_mail("account/email/contact_code", self.contact, {"code": self.state["code"], "user": user})
        else:
            adapter.send_verification_code_sms(user=user, phone=self.contact, code=self.state["code"])

    def resend(self) -> None:
        """Send another code: the tries begin again."""
        self.state["at"], self.state["failed_attempts"] = time.time(), 0
        self.record_resend()
        self.send()
        self.persist()

    @property
    def can_resend(self) -> bool:
        return not self.is_resend_quota_reached(RESENDS)

    def accept(self, code: str) -> bool:
        """Whether the code is right. A wrong one costs a try; after the last one the challenge is gone (`is_over`)."""
        if not may_guess(self.state, self.contact):
            self.abort()
            return False
        if is_same_code(code, expected=self.code):
            return True
        self.record_invalid_attempt()
        return False

    @property
    def is_over(self) -> bool:
        """Whether it was aborted."""
        return _key(self.name) not in self.request.session

    def persist(self) -> None:
        self.request.session[_key(self.name)] = self.state

    def abort(self) -> None:
        self.request.session.pop(_key(self.name), None)

    def context(self) -> dict[str, Any]:
        """What the page of the code shows."""
        return {
            "contact": self.contact,
            "by_email": "@" in self.contact,
            "attempts_left": self.max_attempts - self.state["failed_attempts"],
            "wait": resend_wait(self.state),
            "can_resend": self.can_resend,
            "minutes": TIMEOUT // 60,
        }


def is_a_code(form: CodeForm) -> bool:
    """Whether the form holds six digits, right or wrong: anything else costs no try."""
    form.is_valid()
    return not any(error.code != "incorrect_code" for error in form.errors.as_data().get("code", []))


def ask_again(request: HttpRequest, challenge: Challenge) -> HttpResponse:
    """Send another code, if it's time and there weren't too many, and show the same page."""
    if wait := resend_wait(challenge.state):
        messages.error(request, gettext("Another code can be sent in %(seconds)s s.") % {"seconds": wait})
    elif not challenge.can_resend or not may_send_codes(request, challenge.contact):
        messages.error(request, str(get_adapter().error_messages["rate_limited"]))
    else:
        challenge.resend()
        messages.success(request, gettext("A new code is on its way."))
    return redirect(request.path)


def _key(name: str) -> str:
    return f"challenge.{name}"
