"""Leaving one category by a link in a mail, without a log-in (RFC 8058). The link says who and what, and is signed."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.core import signing
from django.urls import reverse

from accounts.domain.notifications import preferences
from accounts.models import Member
from accounts.models.notification import Category, Channel

_SALT = "accounts.unsubscribe"


@dataclass(frozen=True, slots=True)
class Leaving:
    """What a link is about."""

    member_id: int
    category: Category
    channel: Channel


def link(leaving: Leaving, *, site_url: str) -> str:
    """The address for the mail's footer and its List-Unsubscribe header. It is valid for ever."""
    token = _signer().sign_object([leaving.member_id, str(leaving.category), str(leaving.channel)])
    return site_url + _pattern().replace("TOKEN", token)


def read(token: str) -> Leaving | None:
    """What a link is about; None for one that we didn't write. Changes nothing."""
    try:
        member_id, category, channel = _signer().unsign_object(token)
        return Leaving(int(member_id), Category(category), Channel(channel))
    except (signing.BadSignature, ValueError, TypeError):
        return None


def leave(leaving: Leaving, *, source: str, now: datetime) -> None:
    """Switch the category off for the channel. Raises DomainError last_way for what can't be silenced. Repeating it does nothing."""
    member = Member.objects.filter(pk=leaving.member_id).first()
    if member is not None:
        preferences.silence(member, category=leaving.category, channel=leaving.channel, source=source, now=now)


def come_back(leaving: Leaving, *, source: str, now: datetime) -> None:
    """Switch the category on again for the channel. Raises DomainError unverified where the contact isn't confirmed any more."""
    member = Member.objects.filter(pk=leaving.member_id).first()
    if member is not None:
        preferences.choose(member, category=leaving.category, channel=leaving.channel, is_on=True, source=source, now=now)


@cache
def _pattern() -> str:
    return reverse("unsubscribe", args=["TOKEN"])


@cache
def _signer() -> signing.Signer:
    return signing.Signer(salt=_SALT)
