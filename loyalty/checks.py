"""System checks for operators."""

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register

from loyalty.domain import append_only


@register(Tags.database)
def append_only_triggers(databases: list[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """The ledger must be append-only in the database itself."""
    messages: list[CheckMessage] = []
    for alias in databases or []:
        missing = append_only.missing_triggers(alias)
        if missing:
            messages.append(
                Error(
                    f"Append-only triggers are missing in database “{alias}”: {', '.join(missing)}.",
                    hint="Run `python manage.py migrate`: it installs them again.",
                    id="loyalty.E001",
                )
            )
    return messages
