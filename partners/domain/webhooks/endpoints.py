"""Endpoints: the addresses that a partner's people give, their secrets, switching them off and on."""

import base64
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import structlog
from django.conf import settings

from partners.domain.webhooks.post import check_url
from partners.models import DeliveryState, Partner, WebhookEndpoint, WebhookKind

logger = structlog.get_logger(__name__)

SECRET_OVERLAP = timedelta(hours=24)


def create_endpoint(*, partner: Partner, url: str, kinds: Sequence[WebhookKind] = (), description: str = "", now: datetime) -> WebhookEndpoint:
    """Register an address with a fresh secret. Raises DomainError bad_webhook_url."""
    check_url(url, allow_private=settings.WEBHOOK_ALLOW_PRIVATE)
    return WebhookEndpoint.objects.create(
        partner=partner, url=url, kinds=[str(kind) for kind in kinds], description=description, secret=new_secret(), created_at=now
    )


def new_secret() -> str:
    """A signing secret as receivers' libraries expect it."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def rotate_secret(endpoint: WebhookEndpoint, *, now: datetime) -> None:
    """Give a new secret; the old one signs too for a day, so that the receiver can change over in peace."""
    endpoint.previous_secret, endpoint.previous_secret_until = endpoint.secret, now + SECRET_OVERLAP
    endpoint.secret = new_secret()
    endpoint.save(update_fields=["secret", "previous_secret", "previous_secret_until"])


def enable(endpoint: WebhookEndpoint) -> None:
    """Let messages go out again, those that wait included. What was given up needs a replay."""
    endpoint.is_active = True
    forgive(endpoint)
    endpoint.save(update_fields=["is_active", "disabled_at", "disabled_reason", "failures", "failing_since", "paused_until"])


def disable(endpoint: WebhookEndpoint, *, reason: str, now: datetime) -> None:
    """Send nothing there any more; what was on its way is given up, and can be replayed once it is enabled again."""
    switch_off(endpoint, reason=reason, now=now)
    endpoint.save(update_fields=["is_active", "disabled_at", "disabled_reason"])


def switch_off(endpoint: WebhookEndpoint, *, reason: str, now: datetime) -> None:
    """Disable an endpoint and give up what was on its way. The caller saves."""
    endpoint.is_active, endpoint.disabled_at, endpoint.disabled_reason = False, now, reason[:300]
    endpoint.deliveries.filter(state=DeliveryState.PENDING).update(state=DeliveryState.FAILED, error="the webhook was disabled")
    logger.warning("webhook_disabled", endpoint_id=endpoint.pk, partner_id=endpoint.partner_id)


def forgive(endpoint: WebhookEndpoint) -> None:
    """Forget past failures of an endpoint that is (made) active. The caller saves."""
    endpoint.disabled_at, endpoint.disabled_reason = None, ""
    endpoint.failures, endpoint.failing_since, endpoint.paused_until = 0, None, None


def listeners(partner_ids: Collection[int]) -> dict[int, list[WebhookEndpoint]]:
    """The active endpoints of partners, by partner."""
    found: dict[int, list[WebhookEndpoint]] = {}
    for endpoint in WebhookEndpoint.objects.filter(is_active=True, partner_id__in=set(partner_ids)):
        found.setdefault(endpoint.partner_id, []).append(endpoint)
    return found


def anyone_listens() -> bool:
    """Whether any endpoint is active."""
    return WebhookEndpoint.objects.filter(is_active=True).exists()
