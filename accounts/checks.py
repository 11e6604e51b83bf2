"""System checks for operators."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from accounts.sms import BACKENDS


@register()
def sms_backend_is_known(**kwargs: Any) -> list[CheckMessage]:
    """Without one no code reaches a phone."""
    if settings.SMS_BACKEND in BACKENDS:
        return []
    return [Error(f"SMS_BACKEND names no way of sending texts: “{settings.SMS_BACKEND}”.", hint=f"It is one of {', '.join(BACKENDS)}.", id="accounts.E001")]
