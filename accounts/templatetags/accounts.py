"""How pages show cards and contacts, and tags of the sign-up pages."""

from decimal import Decimal

from django import template
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.domain import shown
from accounts.models.contact_request import ContactRequestState
from loyalty.models import Programme
from loyalty.templatetags.symbols import Tag

register = template.Library()
register.filter(shown.card_groups)
register.filter(shown.masked)

_LETTERS = {
    ContactRequestState.OPEN: Tag("wait", "clock", _("waits for an answer")),
    ContactRequestState.ANSWERED: Tag("ok", "check", _("answered")),
    ContactRequestState.CLOSED: Tag("", "minus", pgettext_lazy("letter", "closed")),
}


@register.filter
def welcome_worth(programme: Programme) -> Decimal:
    """What the welcome points are worth in the programme's currency."""
    return programme.welcome_points * programme.point_value


@register.filter
def letter_state(state: str) -> Tag:
    """What became of a letter."""
    return _LETTERS[ContactRequestState(state)]
