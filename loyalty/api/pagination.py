"""Keyset pages: `cursor` names the last row of the page before, `limit` the length; `next` is an address or null."""

from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from drf_spectacular.plumbing import build_basic_type
from drf_spectacular.types import OpenApiTypes
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from loyalty.lib.pagination import Cursor

PAGE, MOST = 50, 200
QUERY = frozenset({"cursor", "limit"})


class Keyset(BasePagination):
    """Rows in an order that ends with the primary key."""

    next: str | None = None

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """One page. Raises ValidationError for a cursor or limit that can't be."""
        limit = read_limit(request)
        rows = list(self.after(queryset, request.query_params.get("cursor"))[: limit + 1])
        if len(rows) > limit:
            rows = rows[:limit]
            self.next = replace_query_param(request.build_absolute_uri(), "cursor", self.cursor(rows[-1]))
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        """The page with the address of the next."""
        return Response({"next": self.next, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """For the OpenAPI document."""
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {"next": {"type": ["string", "null"], "format": "uri"}, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """For the OpenAPI document."""
        text = build_basic_type(OpenApiTypes.STR)
        return [
            {"name": "cursor", "in": "query", "schema": text, "description": "From `next` of the page before."},
            {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": PAGE}},
        ]

    def after(self, queryset: QuerySet[Any], cursor: str | None) -> QuerySet[Any]:
        """The rows after a cursor, in order."""
        raise NotImplementedError

    def cursor(self, row: Model) -> str:
        """Names a row."""
        raise NotImplementedError


class ById(Keyset):
    """Oldest row first."""

    def after(self, queryset: QuerySet[Any], cursor: str | None) -> QuerySet[Any]:
        """Rows with a greater id."""
        if cursor is None:
            return queryset.order_by("pk")
        if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 20 and int(cursor) < 2**63):
            raise _bad_cursor()
        return queryset.filter(pk__gt=int(cursor)).order_by("pk")

    def cursor(self, row: Model) -> str:
        """The id."""
        return str(row.pk)


class NewestFirst(Keyset):
    """By business time, the newest first."""

    field: ClassVar[str] = "occurred_at"

    def after(self, queryset: QuerySet[Any], cursor: str | None) -> QuerySet[Any]:
        """Rows that happened before."""
        ordered = queryset.order_by(f"-{self.field}", "-pk")
        if cursor is None:
            return ordered
        last = Cursor.decode(cursor) if cursor.isascii() else None
        if last is None:
            raise _bad_cursor()
        return ordered.filter(last.before(self.field))

    def cursor(self, row: Any) -> str:
        """Its instant and id."""
        return Cursor(getattr(row, self.field), row.pk).encode()


def read_limit(request: Request, *, default: int = PAGE) -> int:
    """The length of a page. Raises ValidationError."""
    text = request.query_params.get("limit")
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MOST):
        raise ValidationError({"limit": f"A limit is a whole number from 1 to {MOST}."}, code="bad_limit")
    return int(text)


def _bad_cursor() -> ValidationError:
    return ValidationError({"cursor": "This cursor is not from an answer of ours; begin again without it."}, code="bad_cursor")
