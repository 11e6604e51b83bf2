"""The headers of an attempt, signed as receivers' libraries check them."""

from datetime import UTC, datetime

from standardwebhooks import Webhook

from partners.models import WebhookEndpoint


def signed_headers(endpoint: WebhookEndpoint, *, message_id: str, body: str, at: datetime) -> dict[str, str]:
    """The headers of one attempt: signed with the secret, and with the previous one while that is valid."""
    keys = [endpoint.secret]
    if endpoint.previous_secret and endpoint.previous_secret_until and at < endpoint.previous_secret_until:
        keys.append(endpoint.previous_secret)
    # The library takes the digits of the instant for UTC whatever its zone.
    signatures = [Webhook(key).sign(msg_id=message_id, timestamp=at.astimezone(UTC), data=body) for key in keys]
    return {
        "Content-Type": "application/json",
        "User-Agent": "Zheton-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
