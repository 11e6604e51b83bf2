"""/inbox/ : the messages to the member, whatever channels are on. One view serves the page and, for htmx, its next rows."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.domain.notifications import inbox as read
from accounts.domain.notifications import links
from accounts.models import Member
from accounts.models.notification import Category
from loyalty.lib.pagination import Cursor
from loyalty.web.page import member_page, unread_of

SYMBOLS = {
    Category.POINTS_CREDITED: "plus",
    Category.POINTS_SPENT: "wallet",
    Category.POINTS_EXPIRING: "hourglass",
    Category.LEVEL_AND_QUESTS: "quest",
    Category.OFFERS: "gift",
    Category.PARTNER_NEWS: "store",
    Category.SECURITY: "shield",
    Category.SERVICE: "mail",
}


@require_safe
@vary_on_headers("HX-Request")
@member_page
def inbox(request: HttpRequest, member: Member) -> HttpResponse:
    """A page of the inbox, newest first; for htmx asking for more, the next rows alone."""
    after = Cursor.decode(request.GET.get("after", ""))
    rows, following = read.page(member.pk, after=after)
    context = {
        "letters": [(row, SYMBOLS[Category(row.category)]) for row in rows],
        "more": f"?after={following.encode()}" if following else "",
        "after": after,
    }
    if request.headers.get("HX-Request") and after:
        return render(request, "accounts/_letters.html", {**context, "fragment": True})
    return render(request, "accounts/inbox.html", context)


@require_safe
@member_page
def message(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    """One message, read from now on. Its button goes through the counted link, as the mail's does."""
    was_unread = unread_of(request)
    before = timezone.now()
    found = read.read(member.pk, pk, now=before)
    if found is None:
        raise Http404
    # Back to where the member comes from: not worth a button.
    leads = found.url not in ("", reverse("inbox"))
    context = {
        "letter": found,
        "symbol": SYMBOLS[Category(found.category)],
        "category": Category(found.category).label,
        "href": links.tracked(found, site_url="") if leads else "",
        # Opened just now: the bell of this page already counts one less.
        "unread": max(was_unread - 1, 0) if found.read_at == before else was_unread,
    }
    return render(request, "accounts/message.html", context)


@require_POST
@member_page
def read_all(request: HttpRequest, member: Member) -> HttpResponse:
    """Everything is read."""
    read.read_all(member.pk, now=timezone.now())
    return redirect("inbox")
