"""What tills get. The functions make the answers; the serializers describe them in the schema."""

from typing import Any

from rest_framework import serializers

from loyalty.api.renderers import instant
from loyalty.domain.ledger import Standing
from loyalty.domain.orders import Quote
from loyalty.domain.till import HoldView, Reported, ReportedReturn
from loyalty.models import Order
from partners.models import Partner


class BalanceAnswer(serializers.Serializer[Any]):
    """Points as of the answer."""

    available = serializers.IntegerField()
    pending = serializers.IntegerField()
    held = serializers.IntegerField()
    debt = serializers.IntegerField()


class ExcludedAnswer(serializers.Serializer[Any]):
    """A line that earns nothing."""

    name = serializers.CharField()
    amount = serializers.CharField()
    reason = serializers.CharField()


class PartAnswer(serializers.Serializer[Any]):
    """A percentage with its source. `funder` is a partner's slug; null: the operator."""

    source = serializers.ChoiceField(choices=["base", "level", "offer"])  # type: ignore[assignment]
    name = serializers.CharField()
    pct = serializers.CharField()
    exact = serializers.CharField()
    points = serializers.IntegerField()
    funder = serializers.CharField(allow_null=True)


class ExplanationAnswer(serializers.Serializer[Any]):
    """How the points came about."""

    eligible = serializers.CharField(help_text="Money that earns.")
    excluded = ExcludedAnswer(many=True)
    parts = PartAnswer(many=True)
    rounding = serializers.ChoiceField(choices=["down", "half_up", "up"])
    point_value = serializers.CharField()
    total = serializers.IntegerField()


class AccrualAnswer(serializers.Serializer[Any]):
    """What the order earned, or would earn."""

    points = serializers.IntegerField()
    available_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    explanation = ExplanationAnswer()


class RedemptionAnswer(serializers.Serializer[Any]):
    """What points paid."""

    points = serializers.IntegerField()
    amount = serializers.CharField(help_text="In money.")


class OrderAnswer(serializers.Serializer[Any]):
    """A recorded order."""

    external_id = serializers.CharField()
    status = serializers.ChoiceField(choices=["recorded", "unchanged"])
    occurred_at = serializers.DateTimeField()
    total = serializers.CharField()
    discount = serializers.CharField()
    paid = serializers.CharField(help_text="In money: the total less discount and points.")
    accrual = AccrualAnswer()
    redemption = RedemptionAnswer()
    balance = BalanceAnswer()


class ReturnAnswer(serializers.Serializer[Any]):
    """A recorded return. Points: `due` = `taken` (of which a part may be debt) + `expired` + `forgiven`; `given_back` had paid for the order."""

    external_id = serializers.CharField()
    status = serializers.ChoiceField(choices=["recorded", "unchanged"])
    order = serializers.CharField(allow_null=True)
    occurred_at = serializers.DateTimeField()
    total = serializers.CharField()
    due = serializers.IntegerField()
    taken = serializers.IntegerField()
    expired = serializers.IntegerField()
    forgiven = serializers.IntegerField()
    given_back = serializers.IntegerField()
    balance = BalanceAnswer()


class FieldError(serializers.Serializer[Any]):
    """A wrong field: its dotted path and its JSON pointer."""

    field = serializers.CharField()
    pointer = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemAnswer(serializers.Serializer[Any]):
    """A refusal (RFC 9457)."""

    type = serializers.CharField()
    code = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = FieldError(many=True, required=False)  # type: ignore[assignment]


class BatchItemAnswer(serializers.Serializer[Any]):
    """What became of one order of a batch: `order` with 201 or 200, else `problem`."""

    index = serializers.IntegerField()
    external_id = serializers.CharField(allow_null=True)
    status = serializers.IntegerField(help_text="200, 201, 409 or 422.")
    order = OrderAnswer(required=False)
    problem = ProblemAnswer(required=False)


class BatchAnswer(serializers.Serializer[Any]):
    """Results in the order of the request."""

    recorded = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = BatchItemAnswer(many=True)


class QuoteAnswer(serializers.Serializer[Any]):
    """What the order would earn and how it could be paid."""

    payable = serializers.CharField(help_text="Money to be paid before points.")
    accrual = AccrualAnswer()
    redemption = RedemptionAnswer()
    most = RedemptionAnswer(help_text="The most that points can pay.")
    spend_requires = serializers.ChoiceField(choices=["token", "confirmation", "card"])
    balance = BalanceAnswer(allow_null=True)


class HoldAnswer(serializers.Serializer[Any]):
    """A hold. `awaiting_member` can be captured once the member agrees on the phone; `lapsed` was ended by the clock."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=["awaiting_member", "active", "captured", "released", "lapsed"])
    points = serializers.IntegerField()
    captured_points = serializers.IntegerField()
    expires_at = serializers.DateTimeField()
    balance = BalanceAnswer()


def balance_answer(balance: Standing) -> dict[str, Any]:
    """What a till may see of a balance."""
    return {"available": balance.available, "pending": balance.pending, "held": balance.held, "debt": balance.debt}


def explanation_answer(explanation: dict[str, Any], slugs: dict[int, str]) -> dict[str, Any]:
    """An explanation for outsiders: funders by slug, no ids of ours."""
    parts = [{**part, "funder": slugs.get(part["funder"]) if part["funder"] is not None else None} for part in explanation["parts"]]
    return {name: explanation[name] for name in ("eligible", "excluded", "rounding", "point_value", "total")} | {"parts": parts}


def funders(explanations: list[dict[str, Any]], partner: Partner) -> dict[int, str]:
    """Slugs of those who pay; a query only where somebody else than the partner does."""
    ids = {part["funder"] for explanation in explanations for part in explanation["parts"]} - {None, partner.pk}
    others = dict(Partner.objects.filter(pk__in=ids).values_list("pk", "slug")) if ids else {}
    return {partner.pk: partner.slug, **others}


def order_answer(one: Reported, slugs: dict[int, str]) -> dict[str, Any]:
    """A recorded order (OrderAnswer)."""
    order, balance = one.order, one.balance
    assert isinstance(order, Order)
    assert balance is not None
    return {
        "external_id": order.external_id,
        "status": one.status,
        "occurred_at": order.occurred_at,
        "total": order.total,
        "discount": order.discount,
        "paid": order.paid,
        "accrual": {
            "points": order.points_earned,
            "available_at": instant(order.explanation["available_at"]),
            "expires_at": instant(order.explanation["expires_at"] or "") or None,
            "explanation": explanation_answer(order.explanation, slugs),
        },
        "redemption": {"points": order.points_redeemed, "amount": order.paid_with_points},
        "balance": balance_answer(balance),
    }


def return_answer(report: ReportedReturn) -> dict[str, Any]:
    """A recorded return (ReturnAnswer)."""
    made = report.made
    return {
        "external_id": made.external_id,
        "status": "recorded" if report.created else "unchanged",
        "order": made.order.external_id if made.order else None,
        "occurred_at": made.occurred_at,
        "total": made.total,
        "due": made.points_due,
        "taken": report.taken,
        "expired": made.points_expired,
        "forgiven": report.forgiven,
        "given_back": made.points_restored,
        "balance": balance_answer(report.balance),
    }


def quote_answer(quote: Quote, *, slugs: dict[int, str], spend_requires: str) -> dict[str, Any]:
    """What a quote says (QuoteAnswer)."""
    return {
        "payable": quote.payable,
        "accrual": {
            "points": quote.accrual.total,
            "available_at": quote.available_at,
            "expires_at": quote.expires_at,
            "explanation": explanation_answer(quote.accrual.explanation, slugs),
        },
        "redemption": {"points": quote.redeemed, "amount": quote.redeemed_money},
        "most": {"points": quote.most, "amount": quote.most_money},
        "spend_requires": spend_requires,
        "balance": balance_answer(quote.balance) if quote.balance else None,
    }


def hold_answer(view: HoldView) -> dict[str, Any]:
    """A hold (HoldAnswer)."""
    hold = view.hold
    return {
        "id": str(hold.pk),
        "state": view.state,
        "points": hold.points,
        "captured_points": hold.captured_points,
        "expires_at": hold.expires_at,
        "balance": balance_answer(view.balance),
    }
