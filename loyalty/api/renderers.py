"""Answers are JSON, whatever the caller says it accepts: a till reads the body, not a negotiation."""

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request


class ApiRenderer(JSONRenderer):
    """Compact JSON in UTF-8. Money is text with 2 places, so that nobody reads it as a binary float."""


class JsonAlways(BaseContentNegotiation):
    """The view's first renderer and parser by content type."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """The JSON parser for a JSON body (the media type's parameters don't matter), else None: 415."""
        wanted = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == wanted), None)

    def select_renderer(self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None) -> tuple[BaseRenderer, str]:
        """The first one."""
        first = next(iter(renderers))
        return first, str(first.media_type)


def render(data: Any) -> str:
    """An answer as text: Decimals with their places, instants as they were put in."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=_text)


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if hasattr(value, "isoformat"):
        return instant(value.isoformat())
    return str(value)


def instant(text: str) -> str:
    """An ISO instant in UTC as Z writes it."""
    return f"{text[:-6]}Z" if text.endswith("+00:00") else text
