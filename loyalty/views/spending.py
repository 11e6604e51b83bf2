"""Spending as the member sees it: the one-time code, tills that ask for consent, the lock and the limits."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Member
from loyalty.domain import till
from loyalty.domain.ledger import member_balance
from loyalty.enums import HoldState, SpendLock
from loyalty.lib.errors import DomainError
from loyalty.models import Hold, Programme, SpendSettings
from loyalty.templatetags.cabinet import clock, points
from loyalty.views import codes
from loyalty.web.page import member_page, programme_of

_MOST_POINTS = 1_000_000_000

REFUSALS = {
    "hold_lapsed": gettext_lazy("The time to answer has passed. The till can ask again"),
    "hold_released": gettext_lazy("This request is over: it was declined or the till cancelled it"),
    "hold_captured": gettext_lazy("The till has spent these points already"),
    "hold_agreed": gettext_lazy("You have agreed already. Now only the till can cancel"),
}


@dataclass(frozen=True)
class Code:
    """A one-time code for the screen, and how many seconds it is good for."""

    qr: SafeString
    seconds: int
    expires_at: datetime


@require_safe
@member_page
def pay(request: HttpRequest, member: Member) -> HttpResponse:
    """/card/pay/ : the code that spends. The script asks for the next one here, as a fragment."""
    programme, now = programme_of(request), timezone.now()
    allowed = till.allowance(member.pk, programme=programme, now=now)
    balance = member_balance(member.pk, programme=programme, at=now)
    spendable = 0 if allowed.lock == SpendLock.CLOSED else min(balance.available, allowed.left_today)
    context = {"allowed": allowed, "balance": balance, "spendable": spendable, "code": _code(member, now) if spendable else None}
    return render(request, "loyalty/spending/_code.html" if request.htmx else "loyalty/spending/pay.html", context)  # type: ignore[attr-defined]


def _code(member: Member, now: datetime) -> Code:
    token = till.issue_code(member.pk, now=now)
    seconds = math.floor((token.expires_at - now).total_seconds())
    return Code(codes.qr(token.text, named=False), seconds, token.expires_at)


@require_safe
@member_page
def pending(request: HttpRequest, member: Member) -> HttpResponse:
    """/spend/pending/ : tills that wait for this member. A fragment for the pages that show it, a page by itself."""
    programme_of(request)
    holds = till.holds_awaiting(member.pk, now=timezone.now())
    name = "loyalty/spending/_pending.html" if request.htmx else "loyalty/spending/pending.html"  # type: ignore[attr-defined]
    return render(request, name, {"holds": holds})


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def spend(request: HttpRequest, hold_id: UUID, member: Member) -> HttpResponse:
    """/spend/<hold>/ : a till asks, the member agrees or declines. Another member's hold is unknown."""
    programme, now = programme_of(request), timezone.now()
    hold = till.own_hold(member.pk, hold_id)
    if hold is None:
        raise Http404
    if request.method == "POST":
        _answer(request, member, hold, now)
        return redirect("spend", hold_id)
    worth = hold.points * programme.point_value
    return render(request, "loyalty/spending/spend.html", {"hold": hold, "state": _state(hold, now), "worth": worth})


def _state(hold: Hold, now: datetime) -> str:
    if HoldState(hold.state).is_open and hold.expires_at <= now:
        return "lapsed"
    return hold.state


def _answer(request: HttpRequest, member: Member, hold: Hold, now: datetime) -> None:
    answers: dict[str, tuple[Callable[..., Hold], str]] = {
        "agree": (till.agree_to_hold, gettext("You agreed. The till can finish the purchase now")),
        "decline": (till.decline_hold, gettext("You declined. The points are free again")),
    }
    chosen = answers.get(request.POST.get("answer", ""))
    if chosen is None:
        return
    act, done = chosen
    try:
        act(member_id=member.pk, hold_id=hold.pk, now=now)
    except DomainError as refused:
        messages.error(request, REFUSALS.get(refused.code, refused.message))
    else:
        messages.success(request, done)


class PointsField(forms.IntegerField):
    """Whole points as people type them: blanks between the digits are fine."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"class": "inp", "inputmode": "numeric", "autocomplete": "off"})
        sentences = {"invalid": gettext_lazy("Enter a whole number of points"), "max_value": gettext_lazy("At most %(limit_value)s")}
        super().__init__(required=False, max_value=_MOST_POINTS, widget=widget, error_messages=sentences, **kwargs)

    def to_python(self, value: Any) -> int | None:
        return super().to_python("".join(str(value or "").split()))


class LimitsForm(forms.Form):
    """How much a day, and above what to ask. Empty means the programme's cap, and never."""

    daily_cap = PointsField(label=gettext_lazy("At most a day, points"), min_value=1)
    confirm_above = PointsField(label=gettext_lazy("Ask me above, points"), min_value=0)

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["daily_cap"].help_text = gettext("Empty: as the programme says, %(points)s") % {"points": points(programme.spend_daily_cap)}
        self.fields["confirm_above"].help_text = gettext("A larger spend waits until you agree on the phone. 0: ask always, empty: don't ask")


# What the buttons of the lock do: (new state, open for how long).
_TURNS = {
    "phone": (SpendLock.PHONE, None),
    "hour": (SpendLock.OPEN, till.UNLOCKED_FOR),
    "open": (SpendLock.OPEN, None),
    "closed": (SpendLock.CLOSED, None),
}


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def settings(request: HttpRequest, member: Member) -> HttpResponse:
    """/profile/spending/ : the lock, the cap of a day, the threshold."""
    programme, now = programme_of(request), timezone.now()
    own = till.spend_settings(member.pk)
    form = LimitsForm(request.POST if "limits" in request.POST else None, programme=programme, initial=_limits(own))
    if request.method == "POST":
        if turn := _TURNS.get(request.POST.get("lock", "")):
            lock, open_for = turn
            till.set_spend_lock(member.pk, lock, now=now, open_for=open_for)
            messages.success(request, _lock_turned(lock, until=now + open_for if open_for else None))
            return redirect("spending")
        if form.is_bound and form.is_valid():
            till.set_spend_limits(member.pk, daily_cap=form.cleaned_data["daily_cap"], confirm_above=form.cleaned_data["confirm_above"], now=now)
            messages.success(request, gettext("The limits are saved"))
            return redirect("spending")
    allowed = till.allowance(member.pk, programme=programme, now=now)
    return render(request, "loyalty/spending/settings.html", {"form": form, "allowed": allowed})


def _limits(own: SpendSettings) -> dict[str, int | None]:
    return {"daily_cap": own.daily_cap, "confirm_above": own.confirm_above}


def _lock_turned(lock: SpendLock, *, until: datetime | None) -> str:
    if lock == SpendLock.CLOSED:
        return gettext("Spending is closed. Points still come")
    if lock == SpendLock.PHONE:
        return gettext("The lock is closed: points are spent only with your phone")
    if until:
        return gettext("The lock is open until %(time)s") % {"time": clock(until)}
    return gettext("The lock is open until you close it")
