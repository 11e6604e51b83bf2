"""Wake-up calls of the log-ins and of messages. The truth is in the database; a missed task is found by the next beat."""

import time
from collections.abc import Callable

from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone

# A task gives way to others after this long, and asks to be called again.
SLICE_SECONDS = 15.0


@shared_task
def tidy() -> dict[str, int]:
    """Forget sign-ups that nobody finished within a day, counters whose windows are over, sessions that ended, old messages."""
    from accounts.domain import enrol, rate_limit
    from accounts.domain.notifications import inbox, sms_budget

    now = timezone.now()
    return {
        "sign_ups": enrol.forget_unfinished(now=now),
        "counters": rate_limit.forget_expired(now=now),
        "sessions": Session.objects.filter(expire_date__lt=now).delete()[0],
        "sms_counters": sms_budget.forget_old(now=now),
        "messages": inbox.prune(now=now),
    }


@shared_task
def send_security() -> int:
    """Send what is about the log-in. A queue of its own, so that nothing is before it."""
    return _send((0,))


@shared_task
def send_messages() -> int:
    """Send what happened to members' accounts, and gather digests."""
    from accounts.domain.notifications import digests
    from loyalty.domain.programme import current_sender

    digests.assemble(sender=current_sender(), now=timezone.now())
    sent = _send((0, 1))
    if _any_due((0, 1)):
        wake_messages()
    return sent


@shared_task
def send_marketing() -> int:
    """Send offers and news, whatever else is due first."""
    sent = _send((0, 1, 2))
    if _any_due((2,)):
        wake_marketing()
    return sent


def wake_messages() -> None:
    """Ask workers to send. An older call that nobody took is of no use."""
    send_security.apply_async(expires=30, retry=False)
    send_messages.apply_async(expires=30, retry=False)


def wake_marketing() -> None:
    """Ask a worker to send marketing."""
    send_marketing.apply_async(expires=30, retry=False)


def for_a_while() -> Callable[[], bool]:
    """Says yes for a slice of time."""
    deadline = time.monotonic() + SLICE_SECONDS
    return lambda: time.monotonic() < deadline


def _any_due(priorities: tuple[int, ...]) -> bool:
    from accounts.domain.notifications import sending

    return sending.any_due(now=timezone.now(), priorities=priorities)


def _send(priorities: tuple[int, ...]) -> int:
    from accounts.domain.notifications import sending
    from loyalty.domain.programme import current_sender

    return sending.send_due(sender=current_sender(), clock=timezone.now, keep_on=for_a_while(), priorities=priorities).accepted
