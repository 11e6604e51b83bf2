"""Two-phase spending: set points aside, then capture or release them."""

from datetime import timedelta
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.api.answers import HoldAnswer, hold_answer
from loyalty.api.limits import count_if_guessable
from loyalty.api.requests import CaptureSerializer, EmptySerializer, HoldSerializer
from loyalty.api.view import ApiView
from loyalty.domain import till
from partners.api.authentication import partner_key
from partners.models.api_key import Scope


class Holds(ApiView):
    """New holds."""

    scopes = {"POST": Scope.POINTS_SPEND}

    @extend_schema(operation_id="place_hold", tags=["holds"], summary="Set points aside", request=HoldSerializer, responses={201: HoldAnswer})
    def post(self, request: Request) -> HttpResponse:
        """The points stay set aside until captured, released, or `expires_at`."""
        asked = self.read(HoldSerializer)
        count_if_guessable(asked["member"], partner_key(request), now=self.now)
        ttl = timedelta(seconds=asked["ttl_seconds"])
        return self.once(
            lambda: (
                201,
                hold_answer(till.place_hold(asked["member"], points=asked["points"], ttl=ttl, partner=self.partner, programme=self.programme, now=self.now)),
            )
        )


class HoldDetail(ApiView):
    """One hold."""

    scopes = {"GET": Scope.POINTS_SPEND}

    @extend_schema(operation_id="get_hold", tags=["holds"], summary="How a hold stands", responses={200: HoldAnswer})
    def get(self, request: Request, hold_id: UUID) -> Response:
        """Ask again while it waits for the member."""
        return Response(hold_answer(till.show_hold(hold_id, partner=self.partner, programme=self.programme, now=self.now)))


class HoldCapture(ApiView):
    """Spending what a hold set aside."""

    scopes = {"POST": Scope.POINTS_SPEND}

    @extend_schema(operation_id="capture_hold", tags=["holds"], summary="Spend points of a hold", request=CaptureSerializer, responses={200: HoldAnswer})
    def post(self, request: Request, hold_id: UUID) -> HttpResponse:
        """Once only; what isn't captured is free again. An order with `hold` captures as well: then don't call this."""
        points = self.read(CaptureSerializer).get("points")
        return self.once(lambda: (200, hold_answer(till.capture_hold(hold_id, points=points, partner=self.partner, programme=self.programme, now=self.now))))


class HoldRelease(ApiView):
    """Giving up a hold."""

    scopes = {"POST": Scope.POINTS_SPEND}

    @extend_schema(operation_id="release_hold", tags=["holds"], summary="Make the points free again", request=EmptySerializer, responses={200: HoldAnswer})
    def post(self, request: Request, hold_id: UUID) -> HttpResponse:
        """A hold that lapsed needs no release."""
        self.read(EmptySerializer)
        return self.once(lambda: (200, hold_answer(till.release_hold(hold_id, partner=self.partner, programme=self.programme, now=self.now))))
