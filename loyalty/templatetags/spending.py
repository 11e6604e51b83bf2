"""The words of the lock on spending and of what became of a till's request."""

from typing import NamedTuple

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from loyalty.domain.till import Allowance
from loyalty.enums import HoldState, SpendLock
from loyalty.models import Hold
from loyalty.templatetags.dates import clock
from loyalty.templatetags.symbols import Tag

register = template.Library()

_LOCKS = {
    SpendLock.PHONE: _("Points are spent only with the code on your screen or when you agree on the phone. The card number alone is not enough"),
    SpendLock.OPEN: _("In shops that take the card number alone, anybody who knows it can spend your points"),
    SpendLock.CLOSED: _("Every till gets a refusal, even with your code. Points still come"),
}


class Outcome(NamedTuple):
    """What became of a till's request: the look and icon of the note, its first words, and what follows from it."""

    look: str
    icon: str
    words: str | Promise
    more: str | Promise = ""


@register.filter
def lock_tag(allowed: Allowance) -> Tag:
    """Whether spending is open, in short."""
    if allowed.lock == SpendLock.PHONE:
        return Tag("ok", "lock", gettext("Closed, your phone opens it"))
    if allowed.lock == SpendLock.CLOSED:
        return Tag("bad", "lock", pgettext("lock", "Nothing is spent"))
    if allowed.open_until:
        return Tag("wait", "clock", gettext("Open until %(time)s") % {"time": clock(allowed.open_until)})
    return Tag("wait", "clock", pgettext("lock", "Open"))


@register.filter
def lock_words(lock: SpendLock) -> str:
    """What the lock means at a till."""
    return str(_LOCKS[SpendLock(lock)])


@register.filter
def outcome(hold: Hold, state: str) -> Outcome | None:
    """What became of a till's request; None while it waits for the member. “lapsed” is one that nobody answered in time."""
    at = {"time": clock(hold.expires_at)}
    match state:
        case HoldState.AWAITING_MEMBER:
            return None
        case HoldState.ACTIVE:
            more = gettext("The points are set aside until %(time)s. If the purchase is not finished, they come back") % at
            return Outcome("ok", "check", gettext("Agreed"), more)
        case HoldState.CAPTURED:
            rest = gettext("The rest is free again") if (hold.captured_points or 0) < hold.points else ""
            return Outcome("ok", "check", gettext("The points are spent"), rest)
        case HoldState.RELEASED:
            more = gettext("The request was declined or the till cancelled it. The points are free again")
            return Outcome("", "undo", gettext("Nothing is spent"), more)
    more = gettext("It ran until %(time)s, and nothing is spent. The till can ask again") % at
    return Outcome("bad", "clock", gettext("The time to answer has passed"), more)
