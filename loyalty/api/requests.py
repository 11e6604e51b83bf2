"""What tills send: the shape of it. Rules about points live in the domain."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.domain.reference import ReferenceKind, luhn_is_right, parse
from loyalty.api.fields import IdField, InstantField, MoneyField, PointsField, QuantityField, StrictSerializer, TextField, whole_kopecks
from loyalty.domain.earning import ZERO, ReceiptLine
from loyalty.domain.till import DEFAULT_HOLD_TTL, LEAST_HOLD_TTL, MOST_HOLD_TTL, MemberRef, TillOrder, TillReturn
from loyalty.lib.money import MAX_MONEY

MAX_LINES = 1000
MAX_BATCH = 1000
# A till may be a little ahead; points that become available tomorrow are not spent today.
_AHEAD_WHEN_SPENDING = timedelta(minutes=15)
_MEMBER_KINDS = ("token", "card", "phone", "email", "external_id")


class MemberRefSerializer(StrictSerializer):
    """Who it is: exactly one name. `token` is the one-time code on the phone, `external_id` the partner's own customer number."""

    token = TextField(most=200, required=False, help_text="The one-time code that the member's phone shows.")
    card = TextField(most=19, required=False, help_text="16 digits.")
    phone = TextField(most=20, required=False, help_text="With + and the country code.")
    email = TextField(most=254, required=False)
    external_id = TextField(most=64, required=False, help_text="Your own customer number.")

    def validate(self, attrs: dict[str, str]) -> MemberRef:
        """The name in normal form."""
        if len(attrs) != 1:
            raise serializers.ValidationError(f"Name the member by exactly one of: {', '.join(_MEMBER_KINDS)}.", code="one_name")
        (kind, value), *_rest = attrs.items()
        if kind == "card":
            value = read_card(value)
        elif kind in ("phone", "email"):
            value = read_contact(kind, value)
        return MemberRef(kind, value)  # type: ignore[arg-type]


def read_card(text: str) -> str:
    """A card number's digits. Raises ValidationError under `card`."""
    digits = text.replace(" ", "")
    if not (len(digits) == 16 and digits.isascii() and digits.isdigit() and luhn_is_right(digits)):
        raise serializers.ValidationError({"card": "This is not a card number: 16 digits with a right check digit."}, code="not_card")
    return digits


def read_contact(kind: str, text: str) -> str:
    """A phone as E.164 or an e-mail in lower case. Raises ValidationError under its name."""
    try:
        reference = parse(text)
    except ValueError as error:
        raise serializers.ValidationError({kind: f"{str(error)[:1].upper()}{str(error)[1:]}."}, code=f"not_{kind}") from None
    if reference.kind != ReferenceKind(kind):
        example = "with + and the country code, as in +79161234567" if kind == "phone" else "as in name@example.org"
        raise serializers.ValidationError({kind: f"This is not a {kind} {example}."}, code=f"not_{kind}")
    return reference.value


class LineSerializer(StrictSerializer):
    """A line. Give `price` (of one unit; times `quantity`, to the kopeck) or `amount` (of the whole line, after discounts)."""

    sku = TextField(most=64, blank=True, default="")
    name = TextField(most=300, blank=True, default="")
    category = TextField(most=120, blank=True, default="")
    quantity = QuantityField(default=Decimal(1))
    price = MoneyField(required=False, help_text="Of one unit.")
    amount = MoneyField(required=False, help_text="Of the whole line.")

    def validate(self, attrs: dict[str, Any]) -> ReceiptLine:
        """The line with its total."""
        price, amount = attrs.pop("price", None), attrs.pop("amount", None)
        if (price is None) == (amount is None):
            raise serializers.ValidationError({"price": "Give either the price of one unit or the amount of the line."}, code="price_or_amount")
        if amount is None:
            amount = whole_kopecks(price * attrs["quantity"])
            if amount > MAX_MONEY:
                raise serializers.ValidationError({"price": "Price times quantity is too large."}, code="range")
        return ReceiptLine(amount=amount, **attrs)


def _lines(**kwargs: Any) -> Any:
    return LineSerializer(many=True, allow_empty=False, max_length=MAX_LINES, **kwargs)  # type: ignore[call-arg]


class PurchaseSerializer(StrictSerializer):
    """What orders and quotes have in common."""

    lines = _lines()
    discount = MoneyField(default=ZERO, help_text="Of the whole order, on top of the lines' own.")
    redeem_points = PointsField(default=0, help_text="Points that pay for a part of the order.")

    def validate(self, attrs: dict[str, Any]) -> Any:
        """The sum must fit."""
        if sum((line.amount for line in attrs["lines"]), ZERO) > MAX_MONEY:
            raise serializers.ValidationError({"lines": "The total is too large."}, code="range")
        return attrs


class OrderSerializer(PurchaseSerializer):
    """A purchase, reported once. `external_id` is your own, unique for you over orders and returns."""

    external_id = TextField(most=100)
    member = MemberRefSerializer()
    outlet = TextField(most=64, required=False, allow_null=True, help_text="Your own id of the point of sale.")
    occurred_at = InstantField()
    hold = IdField(required=False, allow_null=True, help_text="Captures this hold; without redeem_points all of it.")

    def validate(self, attrs: dict[str, Any]) -> TillOrder:
        """The order; one that spends can't be dated ahead."""
        attrs = super().validate(attrs)
        hold: UUID | None = attrs.pop("hold", None)
        spends = attrs["redeem_points"] or hold
        if spends and attrs["occurred_at"] > (self.context.get("now") or timezone.now()) + _AHEAD_WHEN_SPENDING:
            raise serializers.ValidationError({"occurred_at": "An order paid with points can't be dated ahead; check the till's clock."}, code="ahead")
        return TillOrder(hold_id=hold, **attrs)


@extend_schema_field({"type": "array", "items": {"$ref": "#/components/schemas/OrderRequest"}, "minItems": 1, "maxItems": MAX_BATCH})
class OrderListField(serializers.Field):
    """Orders that are judged one by one later: here only that it is a list of a fair length."""

    default_error_messages = {"not_list": "This must be a list.", "length": "A batch has 1 to {most} orders."}

    def to_internal_value(self, data: Any) -> list[Any]:
        """The raw items."""
        if not isinstance(data, list):
            self.fail("not_list")
        if not 1 <= len(data) <= MAX_BATCH:
            self.fail("length", most=MAX_BATCH)
        return data


class BatchSerializer(StrictSerializer):
    """Up to 1 000 orders."""

    orders = OrderListField()


class _ReturnedSerializer(StrictSerializer):
    external_id = TextField(most=100, help_text="Your own id of the return.")
    occurred_at = InstantField()
    lines = _lines(required=False)
    amount = MoneyField(required=False, help_text="The value of the goods, where the lines aren't known.")

    def validate(self, attrs: dict[str, Any]) -> Any:
        """Lines or an amount."""
        lines, amount = attrs.pop("lines", None), attrs.pop("amount", None)
        if (lines is None) == (amount is None):
            raise serializers.ValidationError({"lines": "Give either the lines or the amount that came back."}, code="lines_or_amount")
        lines = [ReceiptLine(amount=amount)] if lines is None else lines
        if not ZERO < sum((line.amount for line in lines), ZERO) <= MAX_MONEY:
            raise serializers.ValidationError({"lines": "What came back must be worth something, and not too much."}, code="range")
        return attrs | {"lines": lines}


class ReturnSerializer(_ReturnedSerializer):
    """A return of a recorded order."""

    def validate(self, attrs: dict[str, Any]) -> TillReturn:
        """The return; the address names its order."""
        return TillReturn(original=self.context["order"], **super().validate(attrs))


class UnknownReturnSerializer(_ReturnedSerializer):
    """A return of a purchase that the programme doesn't know."""

    member = MemberRefSerializer()

    def validate(self, attrs: dict[str, Any]) -> TillReturn:
        """The return."""
        return TillReturn(**super().validate(attrs))


class QuoteSerializer(PurchaseSerializer):
    """A purchase that isn't made yet. Without a member nobody's balance limits the points."""

    member = MemberRefSerializer(required=False, allow_null=True)
    occurred_at = InstantField(required=False, allow_null=True)


class HoldSerializer(StrictSerializer):
    """Points to be set aside."""

    member = MemberRefSerializer()
    points = PointsField(least=1)
    ttl_seconds = PointsField(
        least=int(LEAST_HOLD_TTL.total_seconds()),
        most=int(MOST_HOLD_TTL.total_seconds()),
        default=int(DEFAULT_HOLD_TTL.total_seconds()),
        help_text="How long the points stay set aside: 30 seconds to 24 hours, 15 minutes if left out.",
    )


class CaptureSerializer(StrictSerializer):
    """How much of the hold is spent; all of it if left out."""

    points = PointsField(least=1, required=False, allow_null=True)


class EmptySerializer(StrictSerializer):
    """Nothing is asked."""
