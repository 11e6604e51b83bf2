"""Fields that take JSON as it is: no text for numbers' sake, no truth values for numbers, exact decimals."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.fields import empty, get_error_detail
from rest_framework.validators import ProhibitSurrogateCharactersValidator

from loyalty.domain import programme as programmes
from loyalty.lib.clock import parse_instant
from loyalty.lib.money import KOPECK, MAX_MONEY

MOST_POINTS = 1_000_000_000_000
# A till's clock may be ahead, or its time zone wrong; the ledger can't live in the future.
_AHEAD = timedelta(hours=24)
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_DECIMAL_TEXT = r"^\d{1,12}(\.\d{1,%d})?$"


class TextField(serializers.Field):
    """Text of a bounded length, trimmed."""

    default_error_messages = {
        "not_text": "This must be text in quotation marks.",
        "blank": "This must not be empty.",
        "too_long": "At most {most} characters are allowed.",
    }
    _forbidden = (ProhibitNullCharactersValidator(), ProhibitSurrogateCharactersValidator())

    def __init__(self, *, most: int, blank: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most, self.blank = most, blank

    def to_internal_value(self, data: Any) -> str:
        """The text without spaces around it."""
        if not isinstance(data, str):
            self.fail("not_text")
        for validate in self._forbidden:
            validate(data)
        text = data.strip()
        if not text and not self.blank:
            self.fail("blank")
        if len(text) > self.most:
            self.fail("too_long", most=self.most)
        return text

    def to_representation(self, value: Any) -> Any:
        """As it is."""
        return value


class _ExactField(serializers.Field):
    """A decimal number, as a JSON number or as text."""

    places = 2
    least = Decimal(0)
    most = MAX_MONEY
    default_error_messages = {
        "not_number": "This must be a number, or a number as text.",
        "places": "More than {places} decimal places: {value}.",
        "range": "This must be between {least} and {most}.",
    }

    def to_internal_value(self, data: Any) -> Decimal:
        """The number with its places."""
        if isinstance(data, bool) or not isinstance(data, int | str | Decimal):
            self.fail("not_number")
        value = data if isinstance(data, Decimal) else self._read(data)
        if not value.is_finite():
            self.fail("not_number")
        if not self.least <= value <= self.most:
            self.fail("range", least=f"{self.least:f}", most=f"{self.most:f}")
        exponent = value.as_tuple().exponent
        rounded = round(value, self.places)
        if isinstance(exponent, int) and -exponent > self.places and rounded != value:
            self.fail("places", places=self.places, value=f"{value:f}"[:40])
        return abs(rounded)

    def _read(self, data: int | str) -> Decimal:
        if isinstance(data, int):
            return Decimal(data)
        whole, dot, part = data.partition(".")
        if len(data) > 40 or not (whole.isascii() and whole.isdigit() and (not dot or (part.isascii() and part.isdigit()))):
            self.fail("not_number")
        return Decimal(data)

    def to_representation(self, value: Any) -> Any:
        """As it is: the renderer writes it as text."""
        return value


@extend_schema_field(
    {
        "oneOf": [{"type": "string", "pattern": _DECIMAL_TEXT % 2}, {"type": "number", "minimum": 0, "maximum": float(MAX_MONEY), "multipleOf": 0.01}],
        "example": "199.90",
    }
)
class MoneyField(_ExactField):
    """Money: not negative, at most 2 places."""


@extend_schema_field(
    {"oneOf": [{"type": "string", "pattern": r"^\d{1,9}(\.\d{1,3})?$"}, {"type": "number", "minimum": 0.001, "maximum": 999_999_999}], "example": 1}
)
class QuantityField(_ExactField):
    """How many, or how much: at most 3 places."""

    places = 3
    least = Decimal("0.001")
    most = Decimal("999999999.999")


class PointsField(serializers.Field):
    """Whole points."""

    default_error_messages = {"not_whole": "Points are a whole number.", "range": "This must be between {least} and {most}."}

    def __init__(self, *, least: int = 0, most: int = MOST_POINTS, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.least, self.most = least, most

    def to_internal_value(self, data: Any) -> int:
        """The number; 5.0 is 5."""
        if isinstance(data, bool) or not isinstance(data, int | Decimal):
            self.fail("not_whole")
        if not self.least <= data <= self.most:
            self.fail("range", least=self.least, most=self.most)
        if data != int(data):
            self.fail("not_whole")
        return int(data)

    def to_representation(self, value: Any) -> Any:
        """As it is."""
        return value


@extend_schema_field({"type": "string", "format": "date-time", "example": "2026-11-22T12:30:00+03:00"})
class InstantField(serializers.Field):
    """An ISO 8601 date-time; without an offset it is in the programme's zone. Neither before 1970 nor a day ahead."""

    default_error_messages = {
        "not_instant": "This must be a date and time as in 2026-11-22T12:30:00+03:00.",
        "ahead": "This is in the future; check the till's clock and time zone.",
        "too_old": "This is before 1970.",
    }

    def to_internal_value(self, data: Any) -> datetime:
        """The instant in UTC."""
        if not isinstance(data, str) or not data.isascii() or len(data) > 40:
            self.fail("not_instant")
        try:
            zone = (self.context.get("programme") or programmes.current()).zone
            instant = parse_instant(data, zone)
        except (ValueError, OverflowError):
            self.fail("not_instant")
        if instant < _EARLIEST:
            self.fail("too_old")
        if instant > (self.context.get("now") or timezone.now()) + _AHEAD:
            self.fail("ahead")
        return instant

    def to_representation(self, value: Any) -> Any:
        """ISO 8601."""
        return value.isoformat() if value is not None else None


@extend_schema_field({"type": "string", "format": "uuid"})
class IdField(serializers.Field):
    """A UUID as text."""

    default_error_messages = {"not_id": "This must be an id as in 6f1c…-…: 32 hexadecimal digits with hyphens."}

    def to_internal_value(self, data: Any) -> UUID:
        """The id."""
        if not isinstance(data, str) or len(data) != 36:
            self.fail("not_id")
        try:
            return UUID(data)
        except ValueError:
            self.fail("not_id")

    def to_representation(self, value: Any) -> Any:
        """As text."""
        return str(value)


class StrictSerializer(serializers.Serializer[Any]):
    """A JSON object that has only known names: a misspelt `redeem_point` must not be passed over.

    It reads as the library's does, in half the time: batches have thousands of lines. Fields are stored under their own
    names, and there are no `validate_NAME` methods.
    """

    default_error_messages = {"unknown": "There is no such field. Known are: {known}."}

    def to_internal_value(self, data: Any) -> Any:
        """The values of its fields; names it doesn't know are errors like those of the fields."""
        if not isinstance(data, dict):
            return super().to_internal_value(data)
        values: dict[str, Any] = {}
        wrong: dict[str, Any] = {}
        for name, field, is_optional in self._plan:
            if name in data or not is_optional:
                try:
                    values[name] = field.run_validation(data.get(name, empty))
                except serializers.ValidationError as error:
                    wrong[name] = error.detail
                except DjangoValidationError as error:
                    wrong[name] = get_error_detail(error)
        if data.keys() - self.fields.keys():
            strange = sorted(data.keys() - self.fields.keys(), key=str)
            unknown = ErrorDetail(self.error_messages["unknown"].format(known=", ".join(self.fields)), code="unknown")
            wrong |= {printable(name): [unknown] for name in strange[:20]}
        if wrong:
            raise serializers.ValidationError(wrong)
        return values

    @cached_property
    def _plan(self) -> list[tuple[str, serializers.Field[Any, Any, Any, Any], bool]]:
        """(name, field, whether nothing is to be done without it)."""
        return [(name, field, not field.required and field.default is empty) for name, field in self.fields.items()]

    def _read_only_defaults(self) -> dict[str, Any]:
        """No field of ours is read-only."""
        return {}


def printable(name: str) -> str:
    """A name that an answer can carry: a lone surrogate can't be written as UTF-8."""
    return name[:60].encode("utf-8", "replace").decode()


def whole_kopecks(value: Decimal) -> Decimal:
    """Money of a weighed line: half a kopeck goes up."""
    return value.quantize(KOPECK, rounding="ROUND_HALF_UP")
