"""Wake-up calls. The truth is in the database; a missed task is found by the next beat."""

from celery import shared_task
from django.utils import timezone


@shared_task
def expire_points() -> int:
    """Write the expiry entries that are due. Returns how many."""
    from loyalty.domain import ledger

    return ledger.expire(now=timezone.now()).entries
