"""Reading JSON strictly: exact numbers, no NaN, no repeated names, no bodies without end."""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

MAX_BODY = 1_000_000
# Longer numbers are nobody's money, and converting them costs time.
_MAX_DIGITS = 40


class BodyTooLarge(APIException):
    status_code = 413
    default_code = "body_too_large"


class StrictJSONParser(BaseParser):
    """UTF-8 JSON with floats as exact Decimals. A view may raise the limit by an attribute `max_body` (bytes)."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """The document. Raises ParseError (400) or BodyTooLarge (413) with a sentence; keeps the bytes as `raw_body` of the request."""
        context = parser_context or {}
        limit = getattr(context.get("view"), "max_body", MAX_BODY)
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise BodyTooLarge(f"The body is larger than {limit} bytes.")
        if "request" in context:
            context["request"].raw_body = raw
        return loads(raw)


def loads(raw: bytes) -> Any:
    """The JSON document in some bytes. Raises ParseError with a sentence."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise ParseError("The body is not UTF-8 text.") from None
    try:
        return json.loads(text, parse_float=_number, parse_int=_whole, parse_constant=_no_constant, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise ParseError(f"The body is not JSON: {error.msg} in line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise ParseError("The body is nested too deeply.") from None


def _number(text: str) -> Decimal:
    if len(text) > _MAX_DIGITS:
        raise ParseError(f"The number {text[:20]}… is too long.")
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ParseError(f"{text} is not a number that can be kept exactly.") from None


def _whole(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise ParseError(f"The number {text[:20]}… is too long.")
    return int(text)


def _no_constant(text: str) -> None:
    raise ParseError(f"{text} is not JSON.")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ParseError(f"The name {json.dumps(twice[:60])} stands twice in one object.")
    return found
