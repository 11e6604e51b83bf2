"""The link of a message: through our own address, so that we learn that it was followed, and only ever to a page of this site."""

from datetime import datetime
from functools import cache

from django.core import signing
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from accounts.models import Message
from accounts.models.notification import Channel

_SALT = "accounts.message_link"


def tracked(message: Message, *, site_url: str) -> str:
    """The address to put into the message."""
    return site_url + _pattern().replace("TOKEN", _signer().sign(str(message.pk)))


def follow(token: str, *, now: datetime) -> str | None:
    """Note that a link was followed (the first time counts) and give the path it leads to. None: not a link of ours."""
    try:
        pk = int(_signer().unsign(token))
    except (signing.BadSignature, ValueError):
        return None
    message = Message.objects.filter(pk=pk).only("url", "event_key", "member_id").first()
    if message is None:
        return None
    Message.objects.filter(pk=pk, clicked_at__isnull=True).update(clicked_at=now, read_at=Coalesce(F("read_at"), now))
    # Who came by a mail has read it: the inbox needn't call it new.
    same = Q(event_key=message.event_key, member_id=message.member_id, channel=Channel.INBOX)
    Message.objects.filter(same, read_at__isnull=True).update(read_at=now)
    return local(message.url)


@cache
def _pattern() -> str:
    """The address with TOKEN in it: looking it up for each of many messages would take longer than signing it."""
    return reverse("message_link", args=["TOKEN"])


@cache
def _signer() -> signing.Signer:
    return signing.Signer(salt=_SALT)


def local(path: str) -> str:
    """The path, if it stays on this site; else the start page."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"
