"""Adjustments sent at the same moment: one form posts once, and the daily limit holds."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from loyalty.domain.ledger import adjust
from loyalty.enums import EntryKind
from loyalty.lib.errors import DomainError
from loyalty.models import Entry
from tests.factories.loyalty import make_member, make_programme

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def at_once(tokens: list[str], *, limit: int) -> list[str]:
    """Send one adjustment of 100 for each token, all together; what became of each."""
    programme, member, actor = make_programme(), make_member(), User.objects.create_user("support@example.org", is_staff=True)
    start = Barrier(len(tokens))

    def send(token: str) -> str:
        try:
            start.wait(10)
            done = adjust(
                member_id=member.pk,
                points=100,
                reason="Together",
                actor_id=actor.pk,
                daily_limit=limit,
                form_token=token,
                programme=programme,
                now=timezone.now(),
            )
        except DomainError as error:
            return error.code
        finally:
            connection.close()
        return "posted" if done.created else "known"

    with ThreadPoolExecutor(len(tokens)) as pool:
        return sorted(pool.map(send, tokens))


def test_one_form_sent_many_times_posts_once() -> None:
    assert at_once(["same"] * 6, limit=1000) == ["known"] * 5 + ["posted"]
    assert Entry.objects.filter(kind=EntryKind.ADJUSTMENT).count() == 1


def test_forms_sent_together_stay_within_the_limit() -> None:
    assert at_once([f"form-{n}" for n in range(6)], limit=200) == ["above_daily_limit"] * 4 + ["posted"] * 2
