"""Returns of goods, of orders the programme knows and of purchases it doesn't."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from loyalty.api.answers import ReturnAnswer, return_answer
from loyalty.api.requests import ReturnSerializer, UnknownReturnSerializer
from loyalty.api.view import ApiView
from loyalty.domain import till
from loyalty.domain.till import TillReturn
from partners.models.api_key import Scope

_RESPONSES = {201: ReturnAnswer, 200: OpenApiResponse(ReturnAnswer, description="Recorded before with the same content.")}


class _Returns(ApiView):
    scopes = {"POST": Scope.ORDERS_WRITE}

    def record(self, report: TillReturn) -> HttpResponse:
        """Record the return and say what it did."""

        def act() -> tuple[int, Any]:
            reported = till.report_return(report, partner=self.partner, programme=self.programme, now=self.now)
            return 201 if reported.created else 200, return_answer(reported)

        return self.once(act)


class OrderReturns(_Returns):
    """Returns of a recorded order."""

    @extend_schema(operation_id="record_return", tags=["returns"], summary="Return goods of an order", request=ReturnSerializer, responses=_RESPONSES)
    def post(self, request: Request, external_id: str) -> HttpResponse:
        """Takes back what the goods earned and gives back the points they were paid with."""
        if not external_id.isprintable():
            raise NotFound("There is no such order.", code="unknown_order")
        return self.record(self.read(ReturnSerializer, order=external_id))


class UnknownReturns(_Returns):
    """Returns of purchases that were never reported."""

    @extend_schema(
        operation_id="record_unknown_return",
        tags=["returns"],
        summary="Return goods of a purchase the programme doesn't know",
        request=UnknownReturnSerializer,
        responses=_RESPONSES,
    )
    def post(self, request: Request) -> HttpResponse:
        """Takes back what the returned money would have earned."""
        return self.record(self.read(UnknownReturnSerializer))
