"""Blocking and replacing a card for a member who calls."""

from auditlog.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from accounts.models import Card, Member
from accounts.models.card import CardBlockReason
from loyalty.domain import programme, till
from loyalty.enums import EventKind, SpendLock
from loyalty.models import Event
from tests.factories.staff import staff_client


def test_a_lost_card_is_replaced_and_the_log_says_by_whom(anna: Member) -> None:
    lost = Card.objects.get(member=anna)
    client = staff_client(programme.SUPPORT)
    response = client.post(reverse("admin:accounts_card_stop", args=[lost.pk]), {"reason": "lost", "outcome": "replace"})
    assert response.status_code == 302
    lost.refresh_from_db()
    fresh = Card.objects.get(member=anna, is_primary=True)
    assert lost.blocked_at is not None
    assert (lost.block_reason, lost.replaced_by) == (CardBlockReason.LOST, fresh)
    line = LogEntry.objects.filter(content_type__model="card", object_id=lost.pk, actor__email="support@example.org").latest("pk")
    assert line.object_repr == f"•••• {lost.number[-4:]}"
    assert all(card.number not in str(row.changes) for card in (lost, fresh) for row in LogEntry.objects.all())

    assert Event.objects.get(kind=EventKind.CARD_BLOCKED).payload == {"card": lost.pk, "reason": "lost", "replaced_by": fresh.pk}


def test_a_card_is_only_blocked(anna: Member) -> None:
    card = Card.objects.get(member=anna)
    till.set_spend_lock(anna.pk, SpendLock.OPEN, now=timezone.now())
    staff_client(programme.SUPPORT).post(reverse("admin:accounts_card_stop", args=[card.pk]), {"reason": "stolen", "outcome": "block"})
    assert list(Card.objects.filter(member=anna).values_list("block_reason", flat=True)) == ["stolen"]
    assert Event.objects.get(kind=EventKind.CARD_BLOCKED).payload == {"card": card.pk, "reason": "stolen"}
    assert till.spend_settings(anna.pk).lock == SpendLock.PHONE


def test_a_blocked_card_stays_as_it_is(anna: Member) -> None:
    card = Card.objects.get(member=anna)
    client = staff_client(programme.SUPPORT)
    for reason in ("stolen", "lost"):
        client.post(reverse("admin:accounts_card_stop", args=[card.pk]), {"reason": reason, "outcome": "replace"})
    card.refresh_from_db()
    assert card.block_reason == "stolen"
    assert Card.objects.filter(member=anna).count() == 2


def test_other_roles_may_not_and_nothing_happens_without_a_reason(anna: Member) -> None:
    card = Card.objects.get(member=anna)
    address = reverse("admin:accounts_card_stop", args=[card.pk])
    assert staff_client(programme.FINANCE).post(address, {"reason": "lost", "outcome": "block"}).status_code == 403
    support = staff_client(programme.SUPPORT)
    assert support.post(address, {"reason": "", "outcome": "block"}).status_code == 200
    assert support.get(address).status_code == 200
    assert support.get(reverse("admin:accounts_card_stop", args=[card.pk + 1])).status_code == 404
    card.refresh_from_db()
    assert card.blocked_at is None
