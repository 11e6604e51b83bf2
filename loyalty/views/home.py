"""/ : the member's home page, or the front page for everybody else."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Member
from loyalty.domain import cabinet
from loyalty.views import codes
from loyalty.views.public import front
from loyalty.web import charts
from loyalty.web.page import card_of, member_of, member_page, programme_of
from partners.domain import people


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """One address for both: what is shown depends on who asks."""
    if member_of(request):
        return _home(request)
    if request.user.is_authenticated and people.has_desk(request.user.pk):
        return redirect("desk")
    return front(request)


@member_page
def _home(request: HttpRequest, member: Member) -> HttpResponse:
    programme, card = programme_of(request), card_of(request)
    page = cabinet.home_of(member.pk, programme=programme, now=timezone.now())
    context = {
        "page": page,
        "balance": page.balance,
        "card": card,
        "qr": codes.qr(card.number) if card else None,
        "chart": charts.saved_chart(page.saved) if page.saved else None,
    }
    return render(request, "loyalty/home.html", context)
