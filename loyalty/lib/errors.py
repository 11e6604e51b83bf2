"""Refusals of the domain: a stable code for programs, a sentence for people."""

from typing import Any


class DomainError(Exception):
    """An operation was refused. `code` is stable, the message names the place and the cure, nothing was written."""

    def __init__(self, code: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details

    def __str__(self) -> str:
        return self.message
