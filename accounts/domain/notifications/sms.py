"""Sending one text message: allow-list, parts, budget, breaker, then the backend in use."""

from datetime import datetime
from decimal import Decimal

import structlog

from accounts.domain.notifications import providers, sms_backend, sms_budget, sms_text
from accounts.domain.notifications.outcome import Outcome
from accounts.domain.notifications.sms_backend import SmsBackend, SmsBusy, SmsOutage, SmsRefused
from accounts.domain.notifications.sms_budget import Pool
from accounts.models import User
from accounts.models.notification import Reason
from loyalty.lib.errors import DomainError

logger = structlog.get_logger(__name__)


def send(way: SmsBackend, *, to: str, text: str, key: str, pool: Pool, now: datetime) -> Outcome:
    """Send one text; never raises for what a provider does. Must run outside transactions: it talks HTTP and spends money.

    The money is counted before the call, and stays counted if the call fails: a provider may bill what it didn't answer.
    """
    text = sms_text.plain(text)
    segments = sms_text.size(text).segments
    try:
        cost = sms_budget.price(to, segments)
        sms_budget.reserve(to, cost=cost, pool=pool, now=now)
    except DomainError as refusal:
        return Outcome(reason=Reason.COUNTRY if refusal.code == "country_not_allowed" else Reason.BUDGET)
    try:
        accepted = way.send(to=to, text=text, key=key)
    except SmsRefused as error:
        return Outcome(reason=Reason.REFUSED, error=str(error)[:200], segments=segments)
    except SmsBusy as error:
        return Outcome(error=str(error)[:200])
    except SmsOutage as error:
        return Outcome(error=str(error)[:200], is_outage=True)
    said = accepted.cost if accepted.cost is not None else Decimal(cost) / 100
    return Outcome(provider_id=accepted.provider_id[:120], segments=segments, cost=said, is_delivered=accepted.is_final)


def send_code(*, to: str, text: str, key: str, now: datetime) -> Outcome:
    """Send a code, or a notice to somebody who may not be a member: at once, past the queue of messages.

    What is spent on numbers that no log-in has proven is kept apart. While the breaker is open nothing is tried.
    """
    way = sms_backend.backend()
    if providers.is_resting(way.slug, now=now):
        return Outcome(error="the provider rests", is_outage=True)
    known = User.objects.filter(phone=to, phone_verified=True, signup_pending=False, is_active=True).exists()
    outcome = send(way, to=to, text=text, key=key, pool=Pool.KNOWN if known else Pool.UNKNOWN, now=now)
    if outcome.is_outage:
        providers.failed(way.slug, error=outcome.error, now=now)
    elif outcome.is_accepted:
        providers.succeeded(way.slug)
    if not outcome.is_accepted:
        logger.warning("code_not_sent", channel="sms", reason=str(outcome.reason or ""), error=outcome.error)
    return outcome
