"""How pages show cards and contacts, and tags of the sign-up pages."""

from decimal import Decimal

from django import template

from accounts.domain import shown
from loyalty.models import Programme

register = template.Library()
register.filter(shown.card_groups)
register.filter(shown.masked)


@register.filter
def welcome_worth(programme: Programme) -> Decimal:
    """What the welcome points are worth in the programme's currency."""
    return programme.welcome_points * programme.point_value
