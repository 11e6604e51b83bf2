"""Hears what mail services report through django-anymail, which has checked who calls."""

from typing import Any

from anymail.signals import tracking
from django.dispatch import receiver
from django.utils import timezone

from accounts.domain.notifications import receipts
from accounts.domain.notifications.channels.email import esp
from accounts.domain.notifications.receipts import Receipt, Verdict

_VERDICTS = {
    "delivered": Verdict.DELIVERED,
    "opened": Verdict.OPENED,
    "clicked": Verdict.CLICKED,
    "complained": Verdict.COMPLAINT,
    "unsubscribed": Verdict.UNSUBSCRIBED,
    "bounced": Verdict.UNDELIVERED,
    "rejected": Verdict.UNDELIVERED,
    "failed": Verdict.UNDELIVERED,
}
# Of what didn't arrive only this is for good, whether the mail bounced now or the service remembers; a full box or a busy server is not.
_HARD = ("bounced", "invalid")


@receiver(tracking, dispatch_uid="accounts.hooks.on_tracking")
def on_tracking(sender: Any, event: Any, esp_name: str, **kwargs: Any) -> None:
    """One event of a mail service."""
    verdict = _VERDICTS.get(event.event_type)
    if verdict == Verdict.UNDELIVERED and event.reject_reason in _HARD:
        verdict = Verdict.HARD_BOUNCE
    if verdict is None:
        return
    # Only what names no contact goes into our rows.
    error = f"{event.event_type}: {event.reject_reason}" if event.reject_reason else str(event.event_type)
    found = Receipt(f"mail:{esp()}", str(event.message_id or "")[:120], verdict, error=error, contact=str(event.recipient or ""))
    receipts.record(found, now=timezone.now())
