"""Members as tills see them: enrolment and look-up."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.domain import card as cards
from accounts.domain.till import Enrolment
from accounts.models import Card
from loyalty.api.answers import BalanceAnswer, balance_answer
from loyalty.api.fields import StrictSerializer, TextField
from loyalty.api.limits import count_lookup
from loyalty.api.requests import read_contact
from loyalty.api.view import ApiView
from loyalty.domain import till
from loyalty.domain.ledger import member_balance
from loyalty.lib.errors import DomainError
from partners.api.authentication import partner_key
from partners.models.api_key import Scope


class EnrolmentSerializer(StrictSerializer):
    """A phone, an e-mail or both, and the version of the rules that the person agreed to."""

    phone = TextField(most=20, required=False, allow_null=True, help_text="With + and the country code.")
    email = TextField(most=254, required=False, allow_null=True)
    first_name = TextField(most=100, blank=True, default="")
    consent_version = TextField(most=32, help_text="Of the programme's rules, as the person saw them.")
    marketing = serializers.BooleanField(default=False, help_text="Whether the person agreed to marketing messages.")
    external_id = TextField(most=64, required=False, allow_null=True, help_text="Your own customer number for this person.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The contacts in normal form."""
        person = {kind: read_contact(kind, attrs[kind]) if attrs.get(kind) else None for kind in ("phone", "email")}
        if not any(person.values()):
            raise serializers.ValidationError({"phone": "Give a phone, an e-mail or both."}, code="no_contact")
        return attrs | person


class EnrolledAnswer(serializers.Serializer[Any]):
    """The new member's card, and where they finish on the phone."""

    card = serializers.CharField()
    finish_url = serializers.URLField()


class MemberAnswer(serializers.Serializer[Any]):
    """What a till may see: no contacts."""

    card = serializers.CharField()
    first_name = serializers.CharField()
    balance = BalanceAnswer()


class Members(ApiView):
    """Enrolment at a till."""

    scopes = {"POST": Scope.ORDERS_WRITE}

    @extend_schema(operation_id="enrol_member", tags=["members"], summary="Enrol at a till", request=EnrolmentSerializer, responses={201: EnrolledAnswer})
    def post(self, request: Request) -> HttpResponse:
        """Gives a card at once. The member finishes at `finish_url`, where the contacts are proven by codes."""
        asked = self.read(EnrolmentSerializer)
        count_lookup(partner_key(request), now=self.now)
        person = Enrolment(asked["phone"], asked["email"], asked["first_name"])

        def act() -> tuple[int, Any]:
            card = till.enrol(
                person,
                version=asked["consent_version"],
                marketing=asked["marketing"],
                customer_number=asked.get("external_id"),
                partner=self.partner,
                now=self.now,
            )
            return 201, {"card": card.number, "finish_url": f"{settings.SITE_URL}{reverse('account_signup')}"}

        return self.once(act)


class MemberByCard(ApiView):
    """One member."""

    scopes = {"GET": Scope.MEMBERS_READ}

    @extend_schema(operation_id="get_member", tags=["members"], summary="Look a member up by card", responses={200: MemberAnswer})
    def get(self, request: Request, card: str) -> Response:
        """First name and balance. A blocked card is refused with the reason (409)."""
        count_lookup(partner_key(request), now=self.now)
        found = self._find(card)
        balance = member_balance(found.member_id, programme=self.programme, at=self.now)
        return Response({"card": found.number, "first_name": found.member.first_name, "balance": balance_answer(balance)})

    @staticmethod
    def _find(number: str) -> Card:
        if len(number) != 16 or not (number.isascii() and number.isdigit()):
            raise DomainError("unknown_card", "There is no card with this number.")
        return cards.find(number)
