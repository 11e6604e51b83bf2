"""Pages for everybody: the front page, the rules, personal data. Every number comes from the programme."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from loyalty.domain.ledger import gone_from
from loyalty.lib.clock import business_day
from loyalty.models import Programme
from loyalty.web.page import programme_of

EXAMPLE_ORDER = Decimal(1000)
EXAMPLE_PCT = Decimal(5)


@dataclass(frozen=True)
class Example:
    """A worked example with the programme's own numbers: an order at 5 %, bought today."""

    order: Decimal
    pct: Decimal
    points: int
    worth: Decimal
    share: Decimal


def example(programme: Programme) -> Example:
    """What an order of 1 000 at 5 % would bring, and how much of such an order points may pay."""
    points = int(EXAMPLE_ORDER * EXAMPLE_PCT / 100 / programme.point_value)
    return Example(
        order=EXAMPLE_ORDER,
        pct=EXAMPLE_PCT,
        points=points,
        worth=points * programme.point_value,
        share=EXAMPLE_ORDER * programme.spendable_share / 100,
    )


def _numbers(programme: Programme) -> dict[str, object]:
    """What the public texts say about this programme."""
    today = business_day(timezone.now(), programme.zone)
    begins = today + timedelta(days=programme.pending_days)
    gone = gone_from(begins=begins, lifetime_days=programme.lifetime_days, mode=programme.expiry_mode, zone=programme.zone)
    return {
        "example": example(programme),
        "welcome_worth": programme.welcome_points * programme.point_value,
        "bought_on": today,
        "available_on": begins,
        # The last day on which they can be spent.
        "last_day": business_day(gone, programme.zone) - timedelta(days=1) if gone else None,
    }


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """What visitors see at /: what the programme is and how its points work."""
    return render(request, "loyalty/front.html", _numbers(programme_of(request)))


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """The rules of the programme, written from its settings. Consents name their version."""
    return render(request, "loyalty/rules.html", _numbers(programme_of(request)))


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept about a member, what for, and how to take it back."""
    return render(request, "loyalty/privacy.html")
