"""/level/ : the ladder with the member on it, what a percent is worth to them, their tokens; the tile of the home page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Member
from loyalty.domain import levels
from loyalty.domain.cabinet import level_page, level_up_to_show, token_history
from loyalty.web.page import member_page, programme_of
from quests.domain.queries.quest_list import tiles

TILES = 2
LINES, MOST = 12, 500


@require_safe
@member_page
def level(request: HttpRequest, member: Member) -> HttpResponse:
    """The page. `?tokens=all`: more of their history."""
    programme, now = programme_of(request), timezone.now()
    shown = MOST if request.GET.get("tokens") == "all" else LINES
    lines = token_history(member.pk, programme=programme, limit=shown + 1)
    context = {
        "ladder": level_page(member.pk, programme=programme, now=now),
        "moment": level_up_to_show(member.pk, programme=programme, now=now),
        "lines": lines[:shown],
        "more": len(lines) > shown and shown == LINES,
    }
    return render(request, "quests/level.html", context)


@require_POST
@member_page
def seen(request: HttpRequest, member: Member) -> HttpResponse:
    """A level-up was shown: it isn't shown again. An id of somebody else changes nothing."""
    asked = request.POST.get("level", "")
    if asked.isascii() and asked.isdigit() and len(asked) < 19:
        levels.mark_level_up_seen(member.pk, int(asked), now=timezone.now())
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    return redirect("level")


@require_safe
@member_page
def tile(request: HttpRequest, member: Member) -> HttpResponse:
    """The level and the quests begun, for the home page, which must not wait for them."""
    if not request.headers.get("HX-Request"):
        return redirect("quests")
    programme, now = programme_of(request), timezone.now()
    context = {
        "cards": tiles(member.pk, programme=programme, now=now, limit=TILES),
        "ladder": level_page(member.pk, programme=programme, now=now),
        "moment": level_up_to_show(member.pk, programme=programme, now=now),
    }
    return render(request, "quests/_tile.html", context)
