"""Wake-up calls of the partners' desks and of the catalogue.

What a task needs is imported when it runs: every process loads this module, for the names of the tasks.
"""

from django.utils import timezone

from loyalty.celery import app
from loyalty.lib.beat import every


@app.task
@every(86_400)
def remind_to_confirm() -> dict[str, int]:
    """Ask editors and managers of partners whose listing nobody confirmed for 90 days, once."""
    from partners.domain import listing
    from partners.domain.desk import people
    from partners.enums import DeskRole
    from partners.views import mail

    partners = listing.claim_reminders(now=timezone.now())
    sent = 0
    for partner in partners:
        for seat in people.seats(partner.pk).filter(user__is_active=True, role__in=[DeskRole.EDITOR, DeskRole.MANAGER]):
            seat.partner = partner
            mail.send_reminder(seat)
            sent += 1
    return {"partners": len(partners), "mails": sent}


@app.task
@every(3600)
def refresh_search() -> int:
    """Bring the search column up to date where somebody wrote past the domain. Returns how many partners changed."""
    from partners.domain import search

    return search.refresh()
