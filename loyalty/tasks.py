"""Wake-up calls. The truth is in the database; a missed task is found by the next beat.

What a task needs is imported when it runs: every process loads this module, for the names of the tasks.
"""

import time

from django.utils import timezone

from loyalty.celery import app
from loyalty.lib.beat import every
from loyalty.lib.pace import for_a_while


def give_way(_entries: int, seconds: float) -> None:
    """Between portions of a mass job: rest as long as the last took, for tills come first."""
    time.sleep(seconds)


@app.task
@every(600)
def expire_points() -> int:
    """Write the expiry entries that are due. Returns how many."""
    from loyalty.domain import ledger

    return ledger.expire_points(now=timezone.now(), report=give_way).entries


@app.task
@every(3600)
def purge_stored_answers() -> int:
    """Forget the answers that tills can't ask for again (30 days). Returns how many."""
    from loyalty.domain import till

    return till.purge_answers(now=timezone.now())


@app.task
@every(3600)
def clean_spend_tokens() -> int:
    """Forget used codes for spending that have lapsed anyway. Returns how many."""
    from loyalty.domain import till

    return till.clean_used_tokens(now=timezone.now())


@app.task
@every(600)
def settle_levels() -> int:
    """Announce levels that have ended, and warn of those that will. Returns how many members were touched."""
    from loyalty.domain import levels
    from loyalty.domain import programme as programmes

    return levels.settle_due(programme=programmes.current(), now=timezone.now())


@app.task
def recalculate_levels() -> int:
    """Work out everybody's level again, after new rules of levels. Returns how many."""
    from loyalty.domain import levels
    from loyalty.domain import programme as programmes

    return levels.recalculate_all(programme=programmes.current(), now=timezone.now())


@app.task
@every(5, void=True)
def sweep_events() -> int:
    """Hand committed events to their consumers. Returns how many were handled."""
    from loyalty.domain import events
    from partners.domain import webhooks

    swept = events.sweep(now=timezone.now(), keep_on=for_a_while())
    if swept.work_left:
        wake_events()
    if webhooks.any_due(now=timezone.now()):
        wake_webhooks()
    return swept.handled


@app.task
@every(10, void=True)
def send_webhooks() -> int:
    """Send the webhook deliveries that are due. Returns how many arrived."""
    from partners.domain import webhooks

    sent = webhooks.send_due(clock=timezone.now, keep_on=for_a_while())
    if webhooks.any_due(now=timezone.now()):
        wake_webhooks()
    return sent


@app.task
@every(86_400)
def prune_webhooks() -> int:
    """Delete webhook deliveries that nobody will ask about any more. Returns how many."""
    from partners.domain import webhooks

    return webhooks.prune(now=timezone.now())


@app.task
@every(600)
def remind_members() -> dict[str, int]:
    """Tell members what the day brings: points that became available or will expire, birthdays, a gap longer than usual."""
    from loyalty.domain import outreach

    return outreach.send_reminders(now=timezone.now(), keep_on=for_a_while())


def wake_events() -> None:
    """Ask a worker for a sweep. An older call that nobody took is of no use."""
    sweep_events.apply_async(expires=30, retry=False)


def wake_webhooks() -> None:
    """Ask a worker to send webhooks."""
    send_webhooks.apply_async(expires=30, retry=False)
