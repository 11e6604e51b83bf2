"""A till: a partner's key, and calls of the API with it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.test import Client
from django.utils import timezone

from accounts.domain import card as cards
from accounts.models import Card, Member
from loyalty.domain import ledger
from loyalty.domain import programme as programmes
from loyalty.domain.till import issue_code
from loyalty.enums import EntryKind
from partners.domain import api_key
from partners.models import Partner
from partners.models.api_key import Scope
from tests.factories.loyalty import make_member, make_partner


@dataclass
class Till:
    """Calls `/api/v1/…` as a partner. Answers are responses; `.json()` reads them."""

    partner: Partner
    key: str
    client: Client = field(default_factory=lambda: Client(raise_request_exception=True))

    def post(self, path: str, body: Any, *, once: str | None = None) -> Any:
        """POST a JSON body (or bytes as they are); `once` is the Idempotency-Key."""
        data = body if isinstance(body, bytes) else json.dumps(body)
        headers = {"authorization": f"Api-Key {self.key}"} | ({"idempotency-key": once} if once else {})
        return self.client.post(f"/api/v1/{path}", data, content_type="application/json", headers=headers)

    def get(self, path: str, *, language: str = "") -> Any:
        """GET, in a language of Accept-Language."""
        return self.client.get(f"/api/v1/{path}", headers={"authorization": f"Api-Key {self.key}", **({"accept-language": language} if language else {})})


def make_till(partner: Partner | None = None, *, scopes: Sequence[str] = tuple(Scope.values), slug: str = "bakery", **terms: Any) -> Till:
    """A till with a key of these scopes."""
    partner = partner or make_partner(slug, **terms)
    _key, text = api_key.create(partner=partner, name="till", scopes=scopes)
    return Till(partner, text)


def make_holder(*, points: int = 0, **values: Any) -> tuple[Member, Card]:
    """A member with a card, and points that are available now."""
    member = make_member(**values)
    card = cards.issue(member=member, now=timezone.now())
    if points:
        give(member, points)
    return member, card


def give(member: Member, points: int) -> None:
    """Points that are available now."""
    now = timezone.now()
    ledger.grant(member_id=member.pk, kind=EntryKind.ADJUSTMENT, points=points, programme=programmes.current(), now=now, key=None, reason="test")


def code(member: Member) -> str:
    """The one-time code on the member's phone."""
    return issue_code(member.pk, now=timezone.now()).text


def order(external_id: str, member: dict[str, str], *lines: Any, at: datetime | None = None, **more: Any) -> dict[str, Any]:
    """The body of an order; a line is an amount as text, or a whole line."""
    whole = [{"sku": f"S{place}", "name": f"Goods {place}", "amount": line} if isinstance(line, str) else line for place, line in enumerate(lines)]
    return {"external_id": external_id, "member": member, "occurred_at": (at or timezone.now()).isoformat(), "lines": whole, **more}


def balance_of(till: Till, card: Card) -> dict[str, int]:
    """What the till learns of a member's points."""
    found: dict[str, int] = till.get(f"members/{card.number}/").json()["balance"]
    return found
