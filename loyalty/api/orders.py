"""Purchases: one, or up to a thousand."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from drf_standardized_errors.formatter import flatten_errors
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from loyalty.api import problems
from loyalty.api.answers import BatchAnswer, OrderAnswer, funders, order_answer
from loyalty.api.permissions import require
from loyalty.api.requests import BatchSerializer, OrderSerializer
from loyalty.api.view import ApiView, reader
from loyalty.domain import till
from loyalty.domain.till import Reported, TillOrder
from partners.models.api_key import Scope

MAX_BATCH_BODY = 8_000_000


class Orders(ApiView):
    """Report a purchase."""

    scopes = {"POST": Scope.ORDERS_WRITE}

    @extend_schema(
        operation_id="record_order",
        tags=["orders"],
        summary="Report a purchase",
        request=OrderSerializer,
        responses={201: OrderAnswer, 200: OpenApiResponse(OrderAnswer, description="Recorded before with the same content.")},
    )
    def post(self, request: Request) -> HttpResponse:
        """201 for a new order, 200 for a known external_id with the same content, 409 with another."""
        order: TillOrder = self.read(OrderSerializer)
        _require_spending(request, order)

        def act() -> tuple[int, Any]:
            reported = till.report_order(order, partner=self.partner, programme=self.programme, now=self.now)
            assert reported.order is not None
            return _status(reported), order_answer(reported, funders([reported.order.explanation], self.partner))

        return self.once(act)


class OrderBatch(ApiView):
    """Report up to a thousand purchases."""

    scopes = {"POST": Scope.ORDERS_WRITE}
    max_body = MAX_BATCH_BODY

    @extend_schema(operation_id="record_orders", tags=["orders"], summary="Report up to 1 000 purchases", request=BatchSerializer, responses={200: BatchAnswer})
    def post(self, request: Request) -> HttpResponse:
        """200 with a result for each order: 201, 200, 409 or 422 as if it had been reported alone. A bad one spoils no other."""
        items = self.read(BatchSerializer)["orders"]
        orders, refused = _read_items(items, self)
        if any(order.redeem_points or order.hold_id for order in orders.values()):
            require(request, Scope.POINTS_SPEND)

        def act() -> tuple[int, Any]:
            reported = till.report_orders(list(orders.values()), partner=self.partner, programme=self.programme, now=self.now)
            slugs = funders([one.order.explanation for one in reported if one.order], self.partner)
            results = dict(refused)
            for place, one in zip(orders, reported, strict=True):
                results[place] = _item(place, orders[place], one, slugs)
            statuses = [one["status"] for one in results.values()]
            sums = {"recorded": statuses.count(201), "unchanged": statuses.count(200), "refused": sum(status > 201 for status in statuses)}
            return 200, {**sums, "results": [results[place] for place in sorted(results)]}

        return self.once(act)


def _read_items(items: list[Any], view: ApiView) -> tuple[dict[int, TillOrder], dict[int, dict[str, Any]]]:
    """(orders by place, refusals by place)."""
    one = reader(OrderSerializer, now=view.now, programme=view.programme)
    orders: dict[int, TillOrder] = {}
    refused: dict[int, dict[str, Any]] = {}
    for place, item in enumerate(items):
        try:
            orders[place] = one.run_validation(item)
        except ValidationError as error:
            wrong = [{"field": one.attr or "", "code": one.code, "detail": one.detail} for one in flatten_errors(error.detail)]
            name = item.get("external_id") if isinstance(item, dict) else None
            # Only what reads as an id is repeated: the rest may be anything.
            known = name if isinstance(name, str) and len(name) <= 100 and name.isprintable() else None
            refused[place] = {"index": place, "external_id": known, "status": 422, "problem": problems.invalid(wrong)}
    return orders, refused


def _item(place: int, order: TillOrder, one: Reported, slugs: dict[int, str]) -> dict[str, Any]:
    head = {"index": place, "external_id": order.external_id}
    if one.order is not None:
        return {**head, "status": _status(one), "order": order_answer(one, slugs)}
    status = 409 if problems.status_of(one.code) == 409 else 422
    return {**head, "status": status, "problem": problems.problem(one.code, one.message, status=status) | one.details}


def _status(one: Reported) -> int:
    return 201 if one.status == "recorded" else 200


def _require_spending(request: Request, order: TillOrder) -> None:
    if order.redeem_points or order.hold_id:
        require(request, Scope.POINTS_SPEND)
