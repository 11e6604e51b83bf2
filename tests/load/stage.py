"""Sets the stage for tests with real processes, and reads what the ledger holds afterwards. Run inside the product's environment.

    python tests/load/stage.py set MEMBERS POINTS     makes a programme, a partner, a key and members; prints them
    python tests/load/stage.py read                   prints every document with its entries, and verify_ledger's findings
    python tests/load/stage.py give CARD POINTS       gives points to a member
    python tests/load/stage.py quest                  makes a quest of two purchases, a ladder, and a member who is signed in; prints them

All output is JSON.
"""

import json
import os
import sys
from collections import defaultdict
from typing import Any


def main(action: str, *arguments: str) -> None:
    """See the module."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty.settings")
    import django

    django.setup()
    result = {"set": set_stage, "read": read, "give": give, "quest": quest}[action](*arguments)
    json.dump(result, sys.stdout, default=str)


def set_stage(members: str, points: str) -> dict[str, Any]:
    """A programme that spends by card at once, one partner that listens to webhooks, members with points."""
    from django.utils import timezone

    from loyalty.domain import events
    from partners.domain import webhooks
    from tests.factories.loyalty import make_partner, make_programme
    from tests.factories.till import make_holder, make_till

    make_programme(pending_days=0, spend_requires="card", spend_daily_cap=1_000_000)
    till = make_till(make_partner(spendable_pct=50))
    # Nobody answers there: what counts is that every message is written once.
    webhooks.create_endpoint(partner=till.partner, url="http://127.0.0.1:9/hook", now=timezone.now())
    cards = [make_holder(points=int(points))[1].number for _ in range(int(members))]
    return {"api_key": till.key, "cards": cards, "consumers": events.names()}


def give(card: str, points: str) -> None:
    """Points that are available now."""
    from accounts.models import Card
    from tests.factories import till

    till.give(Card.objects.get(number=card).member, int(points))


def quest() -> dict[str, Any]:
    """A quest that raises the level, somebody who looks at it, and a till."""
    from django.conf import settings

    from tests.factories.cabinet import make_login, signed_in
    from tests.factories.levels import make_ladder
    from tests.factories.loyalty import make_partner, make_programme
    from tests.factories.quests import make_quest
    from tests.factories.till import make_till

    make_programme()
    make_ladder()
    till = make_till(make_partner())
    member = make_login(language="en")
    make_quest("two-breads", target=2, reward_tokens=12, title="Two breads")
    name = settings.SESSION_COOKIE_NAME
    return {"api_key": till.key, "card": member.cards.get().number, "cookie": {"name": name, "value": signed_in(member).cookies[name].value}}


def read() -> dict[str, Any]:
    """The ledger as the tills' book can be compared with."""
    from django.utils import timezone

    from accounts.models import Card
    from loyalty.domain import programme as programmes
    from loyalty.domain.ledger import balances
    from loyalty.domain.verify import verify
    from loyalty.enums import EntryKind
    from loyalty.models import DeadLetter, Entry, Event, Hold, Order, Return
    from partners.models import WebhookDelivery

    sums: dict[tuple[str, int, str], list[int]] = defaultdict(list)
    for kind, order, made, points in Entry.objects.values_list("kind", "order", "order_return", "points"):
        if order or made:
            sums[("return", made, kind) if made else ("order", order, kind)].append(points)
    captured: dict[Any, list[int]] = defaultdict(list)
    for hold, points in Entry.objects.filter(hold__isnull=False, order=None).values_list("hold", "points"):
        captured[hold].append(points)
    cards = dict(Card.objects.values_list("member_id", "number"))
    counted: dict[tuple[str, int], int] = defaultdict(int)
    for kind, payload in Event.objects.values_list("kind", "payload"):
        for what in ("order", "return"):
            if kind == f"{what}_recorded":
                counted[what, payload[what]] += 1
    now = timezone.now()
    points = balances(list(cards), programme=programmes.current(), at=now)
    entries: dict[int, int] = defaultdict(int)
    for member, one in Entry.objects.values_list("member_id", "points"):
        entries[member] += one
    return {
        "orders": {
            one.external_id: {
                "card": cards[one.member_id],
                "earned": one.points_earned,
                "redeemed": one.points_redeemed,
                "accruals": sums["order", one.pk, EntryKind.ACCRUAL],
                "redemptions": sums["order", one.pk, EntryKind.REDEMPTION],
                "events": counted["order", one.pk],
            }
            for one in Order.objects.all()
        },
        "returns": {
            one.external_id: {
                "card": cards[one.member_id],
                "due": one.points_due,
                "given_back": one.points_restored,
                "taken": sums["return", one.pk, EntryKind.RETURN_ACCRUAL],
                "restored": sums["return", one.pk, EntryKind.RETURN_REDEMPTION],
                "events": counted["return", one.pk],
            }
            for one in Return.objects.all()
        },
        "holds": {
            str(one.pk): {"card": cards[one.member_id], "state": one.state, "points": one.points, "captured": one.captured_points, "entries": captured[one.pk]}
            for one in Hold.objects.all()
        },
        "members": {
            card: {"entries": entries[pk], "balance": points[pk].available + points[pk].pending + points[pk].held - points[pk].debt}
            for pk, card in cards.items()
        },
        "deliveries": {kind: WebhookDelivery.objects.filter(kind=kind).count() for kind in ("order.recorded", "return.recorded", "points.spent")},
        "redemptions": Entry.objects.filter(kind=EntryKind.REDEMPTION, partner__isnull=False).count(),
        "dead_letters": DeadLetter.objects.count(),
        "violations": [f"{one.check}: {one.message}" for one in verify(now=timezone.now())],
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
