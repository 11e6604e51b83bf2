"""Wake-up calls of the log-ins."""

from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone


@shared_task
def tidy() -> dict[str, int]:
    """Forget sign-ups that nobody finished within a day, counters whose windows are over, sessions that ended."""
    from accounts.domain import enrol, rate_limit

    now = timezone.now()
    return {
        "sign_ups": enrol.forget_unfinished(now=now),
        "counters": rate_limit.forget_expired(now=now),
        "sessions": Session.objects.filter(expire_date__lt=now).delete()[0],
    }
