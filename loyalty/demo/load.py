"""Loading the demo: each capability in order, everything through the domain, again and again to the same end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import Member
from loyalty.demo import catalogue, desk, messages, people, quests, shopping
from loyalty.demo.people import LogIn
from loyalty.domain import ledger, orders
from loyalty.domain import programme as programmes
from loyalty.enums import EntryKind
from loyalty.lib.rows import id_set
from loyalty.models import DemoLoad, Entry, Order, Programme, Return
from partners.models import Outlet, Partner

Step = Callable[[int], None]


@dataclass
class Loaded:
    """What there is after a load, and how many documents were new."""

    anchor: datetime
    categories: int
    partners: int
    outlets: int
    members: int
    orders: int
    returns: int
    recorded: int
    refused: list[str]
    log_ins: list[LogIn]


def load(*, now: datetime, password: str | None, reset_passwords: bool, begin: Callable[[int], Step]) -> Loaded:
    """Load the demo, or complete it. Without `password` no log-ins are made.

    `begin` gets the number of documents and returns what to call with each number of finished ones.
    """
    anchor = _anchor(now)
    programme = _programme()
    shops = catalogue.load(anchor=anchor, zone=programme.zone)
    desk.dress(shops, anchor=anchor)
    members = people.load(anchor=anchor, zone=programme.zone, rules_version=programme.rules_version)
    # The one who has just joined has nothing in the history yet.
    fresh = {person.number for person in people.people() if person.role == "fresh"}
    _welcome([member for number, member in members.items() if number not in fresh], programme=programme, now=now)
    # Purchases earn at the level of their date, so levels come first.
    quests.load_levels(members, anchor=anchor, programme=programme, now=now)
    recorded, refused = _go_shopping(shops, members, anchor=anchor, programme=programme, now=now, begin=begin)
    quests.load_quests(members, anchor=anchor, programme=programme, now=now)
    ledger.expire_points(now=now)
    log_ins = people.load_log_ins(members, shops=shops, anchor=anchor, password=password, reset=reset_passwords) if password else []
    messages.load(members, anchor=anchor, programme=programme)
    ids = [partner.pk for partner in shops.values()]
    return Loaded(
        anchor=anchor,
        categories=len(catalogue.CATEGORIES),
        partners=len(shops),
        outlets=Outlet.objects.filter(partner__in=ids).count(),
        members=len(members),
        orders=Order.objects.filter(partner__in=ids).count(),
        returns=Return.objects.filter(partner__in=ids).count(),
        recorded=recorded,
        refused=refused,
        log_ins=log_ins,
    )


def _anchor(now: datetime) -> datetime:
    """The instant of the first load, to which all dates are tied."""
    mark, _created = DemoLoad.objects.get_or_create(pk=1, defaults={"anchored_at": now})
    return mark.anchored_at


def _programme() -> Programme:
    """The programme, with contacts to show where staff gave none."""
    programme = programmes.current()
    if not programme.support_email and not programme.support_phone:
        programme.support_email, programme.support_phone = "help@example.org", "8 800 000-00-00"
        programme.save(update_fields=["support_email", "support_phone", "updated_at"])
    return programme


def _welcome(members: Sequence[Member], *, programme: Programme, now: datetime) -> None:
    """Welcome points as at each member's joining, once in a member's life."""
    if not programme.welcome_points:
        return
    had = set(Entry.objects.filter(kind=EntryKind.WELCOME, member_id__in=id_set(member.pk for member in members)).values_list("member_id", flat=True))
    postings = [
        ledger.credit(
            member_id=member.pk,
            kind=EntryKind.WELCOME,
            points=programme.welcome_points,
            programme=programme,
            now=member.joined_at,
            key=f"welcome:{member.pk}",
        )
        for member in members
        if member.pk not in had
    ]
    if postings:
        ledger.post(postings, now=now)


def _go_shopping(
    shops: dict[str, Partner], members: dict[int, Member], *, anchor: datetime, programme: Programme, now: datetime, begin: Callable[[int], Step]
) -> tuple[int, list[str]]:
    """Record the year's documents that are missing: (how many were new, why some were refused)."""
    outlets: dict[str, list[int]] = {slug: [] for slug in shops}
    for slug, pk in Outlet.objects.filter(partner__slug__in=list(shops)).order_by("partner_id", "external_id").values_list("partner__slug", "pk"):
        outlets[slug].append(pk)
    plan = shopping.plan(
        people.people(),
        members={number: member.pk for number, member in members.items()},
        outlets=outlets,
        calendar=shopping.Calendar(anchor, programme.zone),
        welcome_points=programme.welcome_points,
        pending_days=programme.pending_days,
    )
    known = _known(shops)
    step = begin(plan.size)
    recorded = 0
    refused = []
    for group in plan.groups():
        # What an earlier load recorded stands, whatever this version would make of it.
        new = {slug: [document for document in documents if (slug, document.external_id) not in known] for slug, documents in group.items()}
        with transaction.atomic():
            for slug, documents in new.items():
                outcomes = orders.record(documents, partner=shops[slug], programme=programme, now=now)
                recorded += sum(outcome.status == "recorded" for outcome in outcomes)
                refused += [f"{slug} {outcome.document.external_id}: {outcome.message}" for outcome in outcomes if outcome.status == "rejected"]
        step(sum(len(documents) for documents in group.values()))
    return recorded, refused


def _known(shops: dict[str, Partner]) -> set[tuple[str, str]]:
    ids = [partner.pk for partner in shops.values()]
    return {
        (slug, external_id)
        for model in (Order, Return)
        for slug, external_id in model._default_manager.filter(partner__in=ids).values_list("partner__slug", "external_id")
    }
