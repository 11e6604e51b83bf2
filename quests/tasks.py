"""Wake-up calls of quests. The truth is in the database; a missed task is found by the next beat."""

from celery import shared_task
from django.utils import timezone


@shared_task
def sweep_deeds() -> int:
    """Credit members with filled-in profiles, proven contacts and channels. Returns how many deeds are new."""
    from quests.domain import deeds

    return deeds.sweep(now=timezone.now())


@shared_task
def backfill_quest(quest_id: int) -> int:
    """Count the purchases of the past in a quest. Returns how many members it concerned."""
    from quests.domain import backfill

    return backfill.backfill(quest_id, now=timezone.now()).members


@shared_task
def remind_of_endings() -> dict[str, int]:
    """Tell members whose quests end soon. Returns how many."""
    from accounts.tasks import for_a_while
    from loyalty.domain import outreach
    from quests.domain import endings

    return outreach.send_reminders(now=timezone.now(), keep_on=for_a_while(), pages={"quest_endings": endings.page})
