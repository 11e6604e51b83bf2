"""Messages to partners' systems by the Standard Webhooks specification (standardwebhooks.com).

Enters: what happened at a partner, and the addresses that its people have given; each is checked before a connection is made.
Deliveries are rows, sent outside transactions and at least once, under one `webhook-id` however often. Instants are UTC.
"""

from partners.domain.webhooks.deliveries import WebhookMessage, prune, queue, queue_test, replay
from partners.domain.webhooks.endpoints import anyone_listens, create_endpoint, disable, enable, forgive, new_secret, rotate_secret
from partners.domain.webhooks.post import check_url
from partners.domain.webhooks.sending import PAUSES, any_due, send_due

__all__ = [
    "PAUSES",
    "WebhookMessage",
    "any_due",
    "anyone_listens",
    "check_url",
    "create_endpoint",
    "disable",
    "enable",
    "forgive",
    "new_secret",
    "prune",
    "queue",
    "queue_test",
    "replay",
    "rotate_secret",
    "send_due",
]
