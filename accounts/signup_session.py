"""What the session keeps of a sign-up or claim under way, until there is a member: what was ticked, and what was typed."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest

from accounts.domain.consent import Agreement

_AGREEMENT, _TYPED = "signup.agreement", "signup.contacts"


def write_agreement(request: HttpRequest, agreement: Agreement) -> None:
    """Keep what was ticked until the member exists."""
    kept = {"version": agreement.version, "marketing": agreement.marketing, "at": agreement.at.isoformat(), "source": agreement.source}
    request.session[_AGREEMENT] = kept


def read_agreement(request: HttpRequest) -> Agreement:
    """What was ticked in this session."""
    kept: dict[str, Any] = request.session[_AGREEMENT]
    return Agreement(version=kept["version"], marketing=kept["marketing"], at=datetime.fromisoformat(kept["at"]), source=kept["source"])


def write_typed(request: HttpRequest, *, phone: str, email: str, promo: bool) -> None:
    """Keep what stood in the first screen, for a start with another contact."""
    request.session[_TYPED] = {"phone": phone, "email": email, "promo": promo}


def read_typed(request: HttpRequest) -> dict[str, Any]:
    """The first screen's fields as they were sent; empty before."""
    typed: dict[str, Any] = request.session.get(_TYPED, {})
    return typed


def forget_typed(request: HttpRequest) -> None:
    """The sign-up is complete."""
    request.session.pop(_TYPED, None)
