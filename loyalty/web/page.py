"""What every page needs: the programme of the request, the member behind it, the brand."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.crypto import salted_hmac
from django.utils.functional import SimpleLazyObject

from accounts.domain.notifications import inbox
from accounts.models import Card, Member
from loyalty.domain import programme as programmes
from loyalty.lib import colour
from loyalty.models import Programme
from loyalty.web import brand


def programme_of(request: HttpRequest) -> Programme:
    """The programme, read once a request. From here on the page's times are in its zone."""
    if not hasattr(request, "zheton_programme"):
        request.zheton_programme = programmes.current()  # type: ignore[attr-defined]
        timezone.activate(request.zheton_programme.zone)  # type: ignore[attr-defined]
    return request.zheton_programme  # type: ignore[attr-defined]


def card_of(request: HttpRequest) -> Card | None:
    """The signed-in member's card for the till: the primary one."""
    return _identity(request)[1]


def member_of(request: HttpRequest) -> Member | None:
    """The member who is signed in; None for visitors and for staff without a card."""
    return _identity(request)[0]


def unread_of(request: HttpRequest) -> int:
    """How many messages in the inbox the signed-in member hasn't opened."""
    return _identity(request)[2]


def _identity(request: HttpRequest) -> tuple[Member | None, Card | None, int]:
    """Member, primary card and the number of unread messages, read together and once a request."""
    if not hasattr(request, "zheton_identity"):
        member, card, unread = None, None, 0
        if request.user.is_authenticated:
            mine = Card.objects.select_related("member").filter(member__user_id=request.user.pk, is_primary=True)
            card = mine.annotate(unread=inbox.unread_of("member_id")).first()
            member = card.member if card else Member.objects.filter(user_id=request.user.pk).annotate(unread=inbox.unread_of("pk")).first()
            unread = getattr(card or member, "unread", 0)
        request.zheton_identity = member, card, unread  # type: ignore[attr-defined]
    return request.zheton_identity  # type: ignore[attr-defined]


def member_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page of the signed-in member: the view gets `member`. Private: never cached by proxies, never indexed."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        member = member_of(request)
        if member is None:
            return redirect("home")
        return private(view(request, *args, member=member, **kwargs))

    return wrapper


def private(response: HttpResponse) -> HttpResponse:
    """Mark a response as one person's: no cache keeps it, no search engine lists it."""
    add_never_cache_headers(response)
    response["X-Robots-Tag"] = "noindex"
    return response


def context(request: HttpRequest) -> dict[str, Any]:
    """Context processor: programme, member, theme and the addresses of the assets. All lazy: a page pays for what it shows."""

    def theme() -> str:
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            return str(user.theme)
        return request.COOKIES.get("theme", "") if request.COOKIES.get("theme") in ("light", "dark") else "auto"

    def member_mark() -> str:
        # By this the script knows whose card this device keeps; it says nothing about the member.
        member, card = member_of(request), card_of(request)
        return salted_hmac("zheton.card", f"{member.pk if member else 0}:{card.pk if card else 0}").hexdigest()[:16]

    return {
        "programme": SimpleLazyObject(lambda: programme_of(request)),
        "member": SimpleLazyObject(lambda: member_of(request)),
        "unread": lambda: unread_of(request),  # a plain number: plural forms count with it
        "theme": SimpleLazyObject(theme),
        "cabinet_css": brand.cabinet_css_url,
        "brand_css": lambda: brand.brand_css_url(programme_of(request)),
        "member_mark": member_mark,
        "logo_url": lambda: brand.logo_url(programme_of(request)),
        "touch_icon": lambda: brand.icon_url(programme_of(request), 180, maskable=True),
        "canonical": lambda: f"{settings.SITE_URL.rstrip('/')}{request.path}",
        "now": timezone.now,
        "canvas_light": lambda: colour.canvas(programme_of(request).brand_base),
        "canvas_dark": lambda: colour.canvas(programme_of(request).brand_base, dark=True),
    }
