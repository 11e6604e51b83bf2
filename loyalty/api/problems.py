"""Refusals as problem+json (RFC 9457): a stable code, a sentence, and the path of every wrong field."""

import logging
from http import HTTPStatus
from typing import Any

from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from drf_standardized_errors.handler import exception_handler as standardized
from drf_standardized_errors.types import ErrorResponse
from rest_framework import exceptions
from rest_framework.response import Response

from loyalty.lib.errors import DomainError
from loyalty.web.errors import out_of_reach

logger = logging.getLogger("loyalty.api")

MEDIA_TYPE = "application/problem+json"
INVALID = "invalid"
# What the state of things forbids, rather than what was asked.
_CONFLICTS = {"conflict", "hold_captured", "hold_released", "hold_lapsed", "hold_awaits_member", "already_member", "call_in_flight"}
_STATUS = {
    **dict.fromkeys(_CONFLICTS, 409),
    **dict.fromkeys(("unknown_order", "hold_not_found", "unknown_card"), 404),
    **dict.fromkeys(("key_unknown", "key_revoked", "key_expired", "partner_inactive"), 401),
    "scope_missing": 403,
    "card_blocked": 409,
    "too_many_lookups": 429,
}


def status_of(code: str) -> int:
    """The HTTP status of a refusal: 422 unless its code says another."""
    return _STATUS.get(code, 422)


class Refusal(exceptions.APIException):
    """A DomainError on its way out. `wait` becomes Retry-After."""

    def __init__(self, error: DomainError) -> None:
        super().__init__(detail=error.message, code=error.code)
        self.status_code = status_of(error.code)
        self.details = {name: value for name, value in error.details.items() if name != "retry_after"}
        self.wait = error.details.get("retry_after")


class Unavailable(exceptions.APIException):
    """The database can't answer now. Whether the call was done is known only to a repeat with its key."""

    status_code = 503
    default_detail = "The programme can't answer right now. Repeat the call with the same Idempotency-Key: it is done once at most."
    default_code = "unavailable"
    wait = 2


class Failed(exceptions.APIException):
    """Our own fault. What went wrong is in the log, not in the answer."""

    default_detail = "Something went wrong on our side. Repeat the call with the same Idempotency-Key: it is done once at most."
    default_code = "error"


class ProblemHandler(ExceptionHandler):
    """Turns what a view raised into an answer."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        """Domain refusals, a database that is away, and wrong fields (422: the JSON itself was fine)."""
        if isinstance(exc, DomainError):
            return Refusal(exc)
        if out_of_reach(exc):
            # One line: an outage has thousands of them, and the stack says nothing about it.
            logger.error("the API could not reach the database: %s: %s", type(exc.__cause__ or exc).__name__, str(exc).partition("\n")[0])
            return Unavailable()
        if isinstance(exc, exceptions.ValidationError):
            exc.status_code = 422
        return super().convert_known_exceptions(exc)

    def convert_unhandled_exceptions(self, exc: Exception) -> exceptions.APIException:
        """Anything else is a 500 that gives nothing away."""
        return exc if isinstance(exc, exceptions.APIException) else Failed()


class ProblemFormatter(ExceptionFormatter):
    """The body of a refusal."""

    def format_error_response(self, error_response: ErrorResponse) -> dict[str, Any]:
        """type, code, title, status and detail; `errors` lists the wrong fields."""
        first = error_response.errors[0] if error_response.errors else None
        if isinstance(self.exc, exceptions.ValidationError):
            return invalid([{"field": error.attr or "", "code": error.code, "detail": error.detail} for error in error_response.errors])
        body = problem(first.code if first else "error", str(first.detail) if first else "", status=self.exc.status_code)
        return body | getattr(self.exc, "details", {})


def problem(code: str, detail: str, *, status: int) -> dict[str, Any]:
    """A problem document."""
    return {"type": f"urn:zheton:problem:{code}", "code": code, "title": HTTPStatus(status).phrase, "status": status, "detail": detail}


def invalid(errors: list[dict[str, Any]]) -> dict[str, Any]:
    """The problem document of wrong fields: each with its path, dotted and as a JSON pointer (RFC 6901)."""
    for error in errors:
        # What is wrong with an object as a whole has the object's path.
        parts = [part for part in str(error["field"]).split(".") if part and part != "non_field_errors"]
        error["field"] = ".".join(parts)
        error["pointer"] = "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in parts)
    first = errors[0]
    detail = f"{first['field']}: {first['detail']}" if first["field"] else str(first["detail"])
    return problem(INVALID, detail, status=422) | {"errors": errors}


def handle(exc: Exception, context: Any) -> Response | None:
    """REST framework's exception handler."""
    response = standardized(exc, context)
    if response is not None:
        response.content_type = MEDIA_TYPE
    return response
