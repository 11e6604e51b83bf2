"""The card for the till."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from accounts.models import Member
from loyalty.domain.ledger import member_balance
from loyalty.views import codes
from loyalty.web.page import card_of, member_page, programme_of


@dataclass(frozen=True)
class Codes:
    """Both codes of a card number, as inline SVG: the page must work without a connection."""

    qr: SafeString
    barcode: SafeString


@require_safe
@member_page
def card(request: HttpRequest, member: Member) -> HttpResponse:
    """The page a cashier scans. Kept on the device by the service worker."""
    programme, own = programme_of(request), card_of(request)
    balance = member_balance(member.pk, programme=programme, at=timezone.now())
    shown = Codes(qr=codes.qr(own.number), barcode=codes.barcode(own.number)) if own else None
    return render(request, "loyalty/card.html", {"card": own, "codes": shown, "balance": balance})
