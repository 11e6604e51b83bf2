"""/write/ : a letter to us, its receipt, and the answer when it has come."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.domain.notifications import contact_requests
from accounts.forms_notifications import LetterForm
from accounts.models import ContactRequest, Member
from loyalty.domain.programme import sender_of
from loyalty.lib.errors import DomainError
from loyalty.models import Order
from loyalty.templatetags.cabinet import day, money
from loyalty.web.page import member_page, private, programme_of

_ORDERS_OFFERED, _LETTERS_SHOWN = 30, 20


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def write(request: HttpRequest, member: Member) -> HttpResponse:
    """The form, with the member's earlier letters below it. `?order=ID` chooses the purchase."""
    orders = _orders(request, member)
    form = LetterForm(orders, data=request.POST if request.method == "POST" else None, order=request.GET.get("order", ""))
    if form.is_valid():
        try:
            letter = contact_requests.write(
                member,
                topic=form.cleaned_data["topic"],
                order_ref=form.cleaned_data["order"],
                text=form.cleaned_data["text"],
                sender=sender_of(programme_of(request)),
                now=timezone.now(),
            )
            return redirect("letter", letter.pk)
        except DomainError as error:
            form.add_error(None, gettext(error.message))
    letters = ContactRequest.objects.filter(member=member).order_by("-pk")[:_LETTERS_SHOWN]
    status = 422 if form.is_bound else 200
    return private(render(request, "accounts/write.html", {"form": form, "letters": letters}, status=status))


@require_safe
@member_page
def letter(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    """One letter of the member's: the receipt, and the answer under it."""
    found = get_object_or_404(ContactRequest, pk=pk, member=member)
    order = Order.objects.filter(pk=found.order_ref, member=member).select_related("partner").first() if found.order_ref else None
    return render(request, "accounts/letter.html", {"letter": found, "order": order})


def _orders(request: HttpRequest, member: Member) -> list[tuple[int, str]]:
    """The latest purchases as a choice, and the one that the address names if it is the member's."""
    mine = Order.objects.filter(member=member).select_related("partner")
    found = list(mine.order_by("-occurred_at", "-pk")[:_ORDERS_OFFERED])
    asked = request.GET.get("order", "") or request.POST.get("order", "")
    if asked.isdigit() and len(asked) < 19 and int(asked) not in {order.pk for order in found}:
        found += list(mine.filter(pk=int(asked)))
    currency = programme_of(request).currency
    return [(order.pk, f"{order.partner.name}, {day(order.occurred_at)}, {money(order.total, currency)}") for order in found]
