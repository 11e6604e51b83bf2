"""/orders/<id>/ : one purchase, line by line, with its points in words."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Member
from loyalty.domain.cabinet import order_detail
from loyalty.web.page import member_page, programme_of
from partners.models import Partner


@require_safe
@member_page
def order(request: HttpRequest, pk: int, member: Member) -> HttpResponse:
    """The member's own order; another's is as unknown as one that doesn't exist."""
    detail = order_detail(member.pk, pk, zone=programme_of(request).zone, now=timezone.now())
    if detail is None:
        raise Http404
    named = {part["funder"] for part in detail.order.explanation.get("parts", []) if part.get("funder")}
    context = {"detail": detail, "funders": dict(Partner.objects.filter(pk__in=named).values_list("pk", "name"))}
    return render(request, "loyalty/order.html", context)
