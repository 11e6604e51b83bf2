"""What an order would earn, and the most it could be paid with."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from loyalty.api.answers import QuoteAnswer, funders, quote_answer
from loyalty.api.limits import count_if_guessable
from loyalty.api.requests import QuoteSerializer
from loyalty.api.view import ApiView
from loyalty.domain import till
from loyalty.domain.orders import quote
from partners.api.authentication import partner_key
from partners.models.api_key import Scope


class Quotes(ApiView):
    """Quotes write nothing."""

    scopes = {"POST": Scope.ORDERS_WRITE}

    @extend_schema(operation_id="quote", tags=["orders"], summary="What would an order earn", request=QuoteSerializer, responses={200: QuoteAnswer})
    def post(self, request: Request) -> HttpResponse:
        """The same rules as an order's; without a member, nobody's balance limits the points."""
        asked = self.read(QuoteSerializer)
        ref = asked.get("member")
        count_if_guessable(ref, partner_key(request), now=self.now)

        def act() -> tuple[int, Any]:
            member_id = till.find_member(ref, partner=self.partner, now=self.now) if ref else None
            made = quote(
                lines=asked["lines"],
                discount=asked["discount"],
                redeem_points=asked["redeem_points"],
                member_id=member_id,
                occurred_at=asked.get("occurred_at") or self.now,
                partner=self.partner,
                programme=self.programme,
                now=self.now,
            )
            slugs = funders([made.accrual.explanation], self.partner)
            return 200, quote_answer(made, slugs=slugs, spend_requires=till.spend_requires(self.partner, self.programme).value)

        return self.once(act)
