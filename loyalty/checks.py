"""System checks for operators."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from loyalty.domain import ledger


@register(Tags.database)
def append_only_triggers(app_configs: Sequence[AppConfig] | None = None, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """The ledger must be append-only in the database itself."""
    messages: list[CheckMessage] = []
    for alias in databases or []:
        missing = ledger.missing_triggers(alias)
        if missing:
            messages.append(
                Error(
                    f"Append-only triggers are missing in database “{alias}”: {', '.join(missing)}.",
                    hint="Run `python manage.py migrate`: it installs them again.",
                    id="loyalty.E001",
                )
            )
    return messages


@register(Tags.security, deploy=True)
def mail_leaves_the_machine(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Codes go out by mail; printed on the console they would stand in the logs."""
    if settings.EMAIL_BACKEND != "django.core.mail.backends.console.EmailBackend":
        return []
    return [
        Error(
            "EMAIL_URL is not set: mail is printed instead of sent, codes included.",
            hint="Set it to the mail server, as in EMAIL_URL=smtp+tls://user:password@mail.example.org:587.",
            id="loyalty.E002",
        )
    ]
