"""/ : the member's home page, or the front page for everybody else."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Member
from loyalty.domain.queries import home as read
from loyalty.views import charts, codes
from loyalty.views.page import card_of, member_of, member_page, programme_of
from loyalty.views.public import front
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
    page = read.home(member.pk, programme=programme, now=timezone.now())
    context = {
        "page": page,
        "balance": page.balance,
        "card": card,
        "qr": codes.qr(card.number) if card else None,
        "chart": charts.saved_chart(page.saved) if page.saved else None,
    }
    return render(request, "loyalty/home.html", context)
