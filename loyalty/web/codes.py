"""How often codes are sent and guessed, and what a visitor is told when that was too often or too late."""

import time
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from accounts.domain import rate_limit

RESEND_AFTER = 45  # seconds


def client_address(request: HttpRequest) -> str:
    """The address that limits count by."""
    return str(get_adapter().get_client_ip(request))


def may_send_codes(request: HttpRequest, *contacts: str) -> bool:
    """Count codes that are about to be sent to contacts; False if that is too many, for known and unknown ones alike."""
    now = timezone.now()
    allowed = [rate_limit.allow(rate_limit.CODES_FROM_ADDRESS, key=client_address(request), now=now)]
    allowed += [rate_limit.allow(rate_limit.CODES_TO_CONTACT, key=contact, now=now) for contact in contacts]
    return all(allowed)


def resend_wait(state: dict[str, Any]) -> int:
    """Seconds until another code may be asked for."""
    return max(0, round(RESEND_AFTER - (time.time() - float(state["at"]))))


def may_guess(state: dict[str, Any], contact: str) -> bool:
    """Count a guess of the code that was sent at `state["at"]`, across processes; False when there were too many."""
    limit = rate_limit.Limit("code.guess", rate_limit.GUESSES_PER_CODE, 3600)
    return rate_limit.allow((limit,), key=f"{contact} {state['at']!r}", now=timezone.now())


def say_expired(request: HttpRequest) -> None:
    """Tell that the time for a code is over."""
    messages.error(request, gettext("The time for the code is over. Begin again: a new code will be sent."))


def say_too_many(request: HttpRequest) -> None:
    """Tell that a code was guessed at too often."""
    messages.error(request, gettext("The code was wrong too many times. Begin again: a new code will be sent."))
