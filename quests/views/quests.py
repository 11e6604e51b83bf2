"""/quests/ : what there is to do, and each quest with what counted. A member takes a quest, enters a code and answers here."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import Member
from loyalty.domain.cabinet import level_page, level_up_to_show
from loyalty.lib.errors import DomainError
from loyalty.models import Programme
from loyalty.web.page import member_page, programme_of
from quests.domain import deeds, taking, triggers
from quests.domain.queries.quest_detail import QuestDetail, quest_detail
from quests.domain.queries.quest_list import quests_page
from quests.domain.triggers.base import Measure
from quests.enums import QuestState, TriggerKind
from quests.views.live import live

# What counts once however often one buys there.
COUNTED_ONCE = {
    TriggerKind.PARTNERS: gettext_lazy("Each partner counts once, however many purchases."),
    TriggerKind.NEW_PARTNER: gettext_lazy("Your very first purchase at a partner counts."),
    TriggerKind.OUTLETS: gettext_lazy("Each outlet counts once, however many purchases."),
    TriggerKind.CITIES: gettext_lazy("Each city counts once, however many purchases."),
    TriggerKind.WEEKS: gettext_lazy("One purchase a week is enough. Weeks run from Monday to Sunday; one left out begins the count anew."),
    TriggerKind.MONTHS: gettext_lazy("One purchase a month is enough. One left out begins the count anew."),
}
# Refusals that mean a wrong address.
_UNKNOWN = ("unknown_quest", "unknown_question")


@require_safe
@vary_on_headers("HX-Request")
@member_page
def quests(request: HttpRequest, member: Member) -> HttpResponse:
    """The page; for the script that keeps it up to date, its main part. `?done=all`: every completed quest."""
    programme, now = programme_of(request), timezone.now()
    context = {
        "page": quests_page(member.pk, programme=programme, now=now, all_done=request.GET.get("done") == "all"),
        "ladder": level_page(member.pk, programme=programme, now=now),
        "moment": level_up_to_show(member.pk, programme=programme, now=now),
    }
    return live(request, "quests/quests.html", "quests/_quests.html", context)


@require_safe
@vary_on_headers("HX-Request")
@member_page
def quest(request: HttpRequest, slug: str, member: Member) -> HttpResponse:
    """A quest with its timeline."""
    programme, now = programme_of(request), timezone.now()
    context = _context(_detail(member, slug, programme, now), member, programme, now)
    return live(request, "quests/quest.html", "quests/_quest.html", context)


@require_POST
@member_page
def take(request: HttpRequest, slug: str, member: Member) -> HttpResponse:
    """The member's time for the quest begins now."""
    try:
        taking.take(member.pk, slug, programme=programme_of(request), now=timezone.now())
    except DomainError as refused:
        if refused.code in _UNKNOWN:
            raise Http404 from refused
        messages.error(request, gettext(refused.message))
    else:
        messages.success(request, gettext("The quest is yours. Purchases count from now on"))
    return redirect("quest", slug)


@require_POST
@member_page
def enter_code(request: HttpRequest, slug: str, member: Member) -> HttpResponse:
    """A code found at a place. A refusal stands at the field."""
    programme, now, code = programme_of(request), timezone.now(), request.POST.get("code", "").strip()
    try:
        deeds.enter_code(member.pk, slug, code, programme=programme, now=now)
    except DomainError as refused:
        return _refused(request, slug, member, refused, {"code": code[:60], "code_error": gettext(refused.message)})
    messages.success(request, gettext("The code counts"))
    return redirect("quest", slug)


@require_POST
@member_page
def answer(request: HttpRequest, slug: str, member: Member) -> HttpResponse:
    """An answer to one question of a quiz or survey."""
    programme, now = programme_of(request), timezone.now()
    question, choice = request.POST.get("question", ""), request.POST.get("choice", "")
    try:
        right = deeds.answer(member.pk, slug, question, int(choice) if choice.isascii() and choice.isdigit() else -1, programme=programme, now=now)
    except DomainError as refused:
        return _refused(request, slug, member, refused, {"question": question, "answer_error": gettext(refused.message)})
    if right:
        messages.success(request, gettext("The answer counts"))
    else:
        messages.warning(request, gettext("That was another answer. It doesn't count"))
    return redirect("quest", slug)


def _detail(member: Member, slug: str, programme: Programme, now: datetime) -> QuestDetail:
    detail = quest_detail(member.pk, slug, programme=programme, now=now)
    if detail is None:
        raise Http404
    return detail


def _context(detail: QuestDetail, member: Member, programme: Programme, now: datetime) -> dict[str, Any]:
    is_open = detail.card.state in (QuestState.AVAILABLE, QuestState.ACTIVE) and not detail.card.can_take
    answered = deeds.done_keys(member.pk, detail.card.quest.pk) if is_open and detail.questions else set()
    return {
        "detail": detail,
        "card": detail.card,
        "is_open": is_open,
        # Where the same partner or week counts once, a purchase adds no number of its own.
        "adds_up": triggers.trigger_of(detail.card.quest.trigger).measure is Measure.SUM,
        "rule": COUNTED_ONCE.get(TriggerKind(detail.card.quest.trigger), ""),
        "questions": [one for one in detail.questions if one["id"] not in answered] if is_open else [],
        "moment": level_up_to_show(member.pk, programme=programme, now=now),
    }


def _refused(request: HttpRequest, slug: str, member: Member, refused: DomainError, more: dict[str, str]) -> HttpResponse:
    """The quest's page again, with what was wrong at its field."""
    if refused.code in _UNKNOWN:
        raise Http404 from refused
    programme, now = programme_of(request), timezone.now()
    context = _context(_detail(member, slug, programme, now), member, programme, now)
    response = live(request, "quests/quest.html", "quests/_quest.html", {**context, **more})
    response.status_code = 429 if refused.code == "too_many_codes" else 422
    return response
