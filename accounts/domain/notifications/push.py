"""Browsers that allowed push messages, and the key that proves to their services who we are (VAPID)."""

import base64
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop

from accounts.models import Member, PushSubscription
from loyalty.lib.errors import DomainError

# Of one member: the oldest gives way.
MOST_DEVICES = 10
_KEY_LENGTH, _SECRET_LENGTH = 65, 16


def is_configured() -> bool:
    """Whether push works here at all."""
    return bool(settings.VAPID_PRIVATE_KEY)


def public_key() -> str:
    """What a browser needs to subscribe (applicationServerKey), empty without a key."""
    if not is_configured():
        return ""
    # Loaded where there is a key: many programmes send no push messages.
    from cryptography.hazmat.primitives import serialization
    from py_vapid import Vapid02

    raw = Vapid02.from_string(settings.VAPID_PRIVATE_KEY).public_key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def new_private_key() -> str:
    """A fresh key for VAPID_PRIVATE_KEY."""
    from py_vapid import Vapid02

    made = Vapid02()
    made.generate_keys()
    number = made.private_key.private_numbers().private_value
    return base64.urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode()


def subscribe(member: Member, *, endpoint: str, p256dh: str, auth: str, device: str, now: datetime) -> PushSubscription:
    """Keep what the browser gave. A browser that another member used on this device becomes this member's.

    Raises DomainError: push_off (no key here), bad_subscription (not a known push service, or keys of a wrong size).
    """
    if not is_configured():
        raise DomainError("push_off", gettext_noop("Push messages are not set up here."))
    if not is_push_service(endpoint) or not _is_key(p256dh, _KEY_LENGTH) or not _is_key(auth, _SECRET_LENGTH) or len(endpoint) > 500:
        raise DomainError("bad_subscription", gettext_noop("This browser's push service is not known to us."))
    with transaction.atomic():
        kept, _created = PushSubscription.objects.update_or_create(
            endpoint=endpoint, defaults={"member": member, "p256dh": p256dh, "auth": auth, "device": device[:80], "created_at": now}
        )
        mine = PushSubscription.objects.filter(member=member).order_by("-created_at", "-pk")
        PushSubscription.objects.filter(pk__in=list(mine.values_list("pk", flat=True)[MOST_DEVICES:])).delete()
    return kept


def unsubscribe(member: Member, *, endpoint: str) -> bool:
    """Forget a browser of the member's."""
    return bool(PushSubscription.objects.filter(member=member, endpoint=endpoint).delete()[0])


def devices(member: Member) -> list[PushSubscription]:
    """The member's browsers, the newest first."""
    return list(PushSubscription.objects.filter(member=member).order_by("-created_at", "-pk"))


def is_push_service(endpoint: str) -> bool:
    """Whether an address belongs to a push service that the settings name: nobody makes us call others."""
    try:
        parts = urlsplit(endpoint)
        if parts.port not in (None, 443) and f"{parts.hostname}:{parts.port}" not in settings.PUSH_SERVICES:
            return False
    except ValueError:
        return False
    host = parts.hostname or ""
    if f"{host}:{parts.port}" in settings.PUSH_SERVICES:
        return parts.scheme in ("https", "http")
    known = any(host == name or (name.startswith(".") and host.endswith(name)) for name in settings.PUSH_SERVICES)
    return known and parts.scheme == "https" and parts.username is None


def _is_key(text: str, length: int) -> bool:
    try:
        return len(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))) == length
    except ValueError:
        return False
