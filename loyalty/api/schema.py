"""The OpenAPI document: what serializers can't say of themselves."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema

from loyalty.api.view import KEY_HEADER, REPLAYED_HEADER
from loyalty.domain.till import MAX_IDEMPOTENCY_KEY

_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemAnswer"}}}
_RETRY = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
_REFUSALS = {
    "400": "The body is not JSON.",
    "401": "No key, or one that isn't good; for /me/: not signed in.",
    "403": "The key lacks the scope.",
    "404": "There is no such thing, or it belongs to somebody else.",
    "409": "The state of things forbids it.",
    "413": "The body is too large.",
    "415": "The body is not application/json.",
    "422": "A field is wrong (`errors` says which), or the programme refuses it (`code` says why).",
    "429": "Too many look-ups of members.",
    "503": "The programme can't answer right now. Repeat the call with the same Idempotency-Key: it is done once at most.",
}
_ONLY_WITH_BODY = ("400", "413", "415")


class ApiSchema(AutoSchema):
    """Tags and names come from the views."""


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """Partners' keys."""

    target_class = "partners.api.authentication.ApiKeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """The header."""
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "`Api-Key` and the key, as in `Api-Key mE3kq1Zt.…`"}


class MemberSessionScheme(OpenApiAuthenticationExtension):
    """The cabinet's session."""

    target_class = "accounts.api.authentication.MemberSession"
    name = "Session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """The cookie."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


class TextFieldSchema(OpenApiSerializerFieldExtension):
    """Text with its bounds."""

    target_class = "loyalty.api.fields.TextField"

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        """A string."""
        bounds = {"maxLength": self.target.most} | ({} if self.target.blank else {"minLength": 1, "pattern": r"\S"})
        return {"type": "string", **bounds}


class PointsFieldSchema(OpenApiSerializerFieldExtension):
    """Whole points with their bounds."""

    target_class = "loyalty.api.fields.PointsField"

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        """An integer."""
        return {"type": "integer", "minimum": self.target.least, "maximum": self.target.most}


def describe_errors(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Name every refusal, the Idempotency-Key and its echo, and close the request objects."""
    for path in result["paths"].values():
        for method, operation in path.items():
            if not isinstance(operation, dict) or "responses" not in operation or "/schema/" in operation.get("operationId", ""):
                continue
            with_body = method == "post"
            for status, description in _REFUSALS.items():
                if with_body or status not in _ONLY_WITH_BODY:
                    refusal: dict[str, Any] = {"description": description, "content": _PROBLEM}
                    operation["responses"].setdefault(status, refusal | ({"headers": _RETRY} if status in ("409", "429", "503") else {}))
            if with_body:
                _describe_idempotency(operation)
    for name, component in result["components"]["schemas"].items():
        if name.endswith("Request") and component.get("type") == "object":
            component["additionalProperties"] = False
    result["components"]["schemas"]["MemberRefRequest"] |= {"minProperties": 1, "maxProperties": 1}
    return result


def _describe_idempotency(operation: dict[str, Any]) -> None:
    operation.setdefault("parameters", []).append(
        {
            "name": KEY_HEADER,
            "in": "header",
            "required": False,
            "schema": {"type": "string", "minLength": 1, "maxLength": MAX_IDEMPOTENCY_KEY, "pattern": "^[ -~]+$"},
            "description": "The same key with the same body gives the first answer again, for 30 days. Another body: 422. Refusals are not stored.",
        }
    )
    replayed = {REPLAYED_HEADER: {"schema": {"type": "string", "enum": ["true"]}, "description": "The answer was given before."}}
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            response["headers"] = replayed
