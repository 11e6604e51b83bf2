"""Wake-up calls of quests. The truth is in the database; a missed task is found by the next beat.

What a task needs is imported when it runs: every process loads this module, for the names of the tasks.
"""

from django.utils import timezone

from loyalty.celery import app
from loyalty.lib.beat import every
from loyalty.lib.pace import for_a_while


@app.task
@every(300)
def sweep_deeds() -> int:
    """Credit members with filled-in profiles, proven contacts and channels. Returns how many deeds are new."""
    from quests.domain import deeds

    return deeds.sweep(now=timezone.now())


@app.task
def backfill_quest(quest_id: int) -> int:
    """Count the purchases of the past in a quest. Returns how many members it concerned."""
    from quests.domain import backfill

    return backfill.backfill(quest_id, now=timezone.now()).members


@app.task
@every(600)
def remind_of_endings() -> dict[str, int]:
    """Tell members whose quests end soon. Returns how many."""
    from loyalty.domain import outreach
    from quests.domain import endings

    return outreach.send_reminders(now=timezone.now(), keep_on=for_a_while(), pages={"quest_endings": endings.page})
