"""/profile/card/: a lost card is blocked and replaced."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from accounts.models import Card, Member
from accounts.models.card import CardBlockReason
from loyalty.domain import till
from loyalty.lib.errors import DomainError
from loyalty.web.page import member_page

# What a member may say; the other reasons are for staff.
REASONS = (CardBlockReason.LOST, CardBlockReason.STOLEN, CardBlockReason.DAMAGED)


@require_http_methods(["GET", "POST"])
@member_page
def replace(request: HttpRequest, pk: int, member: Member) -> HttpResponse:
    """Ask why, then block the card and give another number."""
    card = get_object_or_404(Card, pk=pk, member=member)
    if card.blocked_at is not None:
        messages.error(request, gettext("This card is blocked already."))
        return redirect("profile")
    if request.method == "POST" and (reason := request.POST.get("reason")) in REASONS:
        try:
            till.replace_card(card=card, reason=CardBlockReason(reason), now=timezone.now())
        except DomainError:
            messages.error(request, gettext("This card is blocked already."))
        else:
            messages.success(request, gettext("The old number no longer works. The new card is ready."))
        return redirect("profile")
    return render(request, "accounts/card_replace.html", {"card": card, "reasons": REASONS, "missing": request.method == "POST"})
