"""Levels: the ladder on one page that shows what a change does before it is saved; tokens, history and overrides of members."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.models import Member
from loyalty.admin.base import MenuItem, RecordAdmin, RecordInline, Section, TranslatedAdmin
from loyalty.domain import levels as level_rules
from loyalty.domain.levels import LadderDraft, RungDraft
from loyalty.enums import ExpiryMode, Measure, WhenToFall
from loyalty.lib.clock import start_of_day
from loyalty.lib.errors import DomainError
from loyalty.models import Ladder, Level, LevelHistory, LevelOverride, Rung, TokenEntry
from loyalty.web.page import programme_of

_DAY = timedelta(days=1)


@admin.register(Level)
class LevelAdmin(TranslatedAdmin):
    """Names, coins and perks. What a level takes and gives stands on the ladder."""

    menu = MenuItem(Section.QUESTS_AND_LEVELS, _("Levels"), "military_tech", 50)
    list_display = ("name", "rank", "metal", "perks")
    fields = ("slug", "rank", "metal", "name", "perks")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RungInline(RecordInline):
    """The rungs of a published ladder."""

    model = Rung
    fields = ("level", "tokens", "turnover", "extra_pct", "gift_points")
    show_title = True


class LadderForm(forms.Form):
    """The rules of all levels."""

    measure = forms.ChoiceField(choices=Measure.choices, label=_("Levels are reached by"), widget=UnfoldAdminSelectWidget)
    window_days = forms.IntegerField(
        min_value=1,
        max_value=3660,
        required=False,
        label=_("Counted back, days"),
        help_text=_("Empty: from the beginning."),
        widget=UnfoldAdminIntegerFieldWidget,
    )
    fall = forms.ChoiceField(choices=WhenToFall.choices, label=_("A level is lost"), widget=UnfoldAdminSelectWidget)
    validity = forms.ChoiceField(choices=ExpiryMode.choices, label=_("A level is held"), widget=UnfoldAdminSelectWidget)
    validity_days = forms.IntegerField(min_value=1, max_value=3660, label=_("for days"), widget=UnfoldAdminIntegerFieldWidget)
    warning_days = forms.IntegerField(min_value=0, max_value=365, label=_("Warning before, days"), widget=UnfoldAdminIntegerFieldWidget)


class RungForm(forms.Form):
    """What one level takes and gives."""

    tokens = forms.IntegerField(min_value=0, label=_("Tokens"), widget=UnfoldAdminIntegerFieldWidget)
    turnover = forms.DecimalField(min_value=0, max_digits=14, decimal_places=2, label=_("Turnover"), widget=UnfoldAdminDecimalFieldWidget)
    extra_pct = forms.DecimalField(min_value=0, max_value=100, decimal_places=3, label=_("Over the base, %"), widget=UnfoldAdminDecimalFieldWidget)
    gift_points = forms.IntegerField(min_value=0, max_value=1_000_000, label=_("Points once"), widget=UnfoldAdminIntegerFieldWidget)


@admin.register(Ladder)
class LadderAdmin(RecordAdmin):
    """Every ladder there was. A new one begins as a copy of that in force, and is published after its effect was shown."""

    menu = MenuItem(Section.QUESTS_AND_LEVELS, _("Rules of levels"), "stairs", 40)
    list_display = ("valid_from", "measure", "window_days", "fall", "validity", "validity_days", "actor")
    inlines = (RungInline,)
    fields = ("valid_from", "measure", "window_days", "fall", "validity", "validity_days", "warning_days", "actor", "created_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("loyalty.add_ladder")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Edit, see the effect, publish: nothing is saved before the last step."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return ladder_view(request, self)


def ladder_view(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """GET: the ladder in force to be edited. POST: what the change would do; with `publish`: it holds from now on."""
    now = timezone.now()
    programme = programme_of(request)
    levels = level_rules.every_level()
    held = level_rules.ladder_in_force(now)
    form = LadderForm(request.POST or None, initial=_initial(held))
    by_level = {rung.level_id: rung for rung in held.rungs.all()} if held else {}
    rows = [(level, RungForm(request.POST or None, prefix=level.slug, initial=_rung_initial(by_level.get(level.pk)))) for level in levels]
    effect = None
    if request.method == "POST" and all([form.is_valid(), *(row.is_valid() for _level, row in rows)]):
        rungs = tuple(RungDraft(level.pk, level.rank, **row.cleaned_data) for level, row in rows)
        values = {name: value for name, value in form.cleaned_data.items() if name not in ("measure", "fall", "validity")}
        draft = LadderDraft(
            valid_from=now,
            measure=Measure(form.cleaned_data["measure"]),
            fall=WhenToFall(form.cleaned_data["fall"]),
            validity=ExpiryMode(form.cleaned_data["validity"]),
            rungs=rungs,
            **values,
        )
        try:
            if "publish" in request.POST:
                from loyalty import tasks  # with Celery, which no other page of the admin needs

                level_rules.publish_ladder(draft, now=now, actor_id=request.user.pk)
                transaction.on_commit(tasks.recalculate_levels.delay)
                messages.success(request, gettext("The new rules hold. Levels are being worked out again."))
                return redirect("admin:loyalty_ladder_changelist")
            effect = level_rules.effect_of(draft, programme=programme, now=now)
        except DomainError as error:
            form.add_error(None, gettext(error.message))
    context = {
        **model_admin.admin_site.each_context(request),
        "title": gettext("Rules of levels"),
        "opts": Ladder._meta,
        "form": form,
        "rows": rows,
        "effect": effect,
        "table": [(level, effect.before[level.pk], effect.after[level.pk], effect.reached[level.pk]) for level in levels] if effect else [],
        "moves": _moves(effect, levels) if effect else [],
        "currency": programme.currency,
    }
    return TemplateResponse(request, "admin/loyalty/ladder.html", context)


def _moves(effect: level_rules.LadderEffect, levels: list[Level]) -> list[tuple[str, str, int]]:
    """(from, to, members), the most frequent first."""
    names: dict[int | None, str] = {level.pk: level.name for level in levels}
    return [(names.get(before, "—"), names.get(after, "—"), count) for (before, after), count in effect.moves.most_common()]


def _initial(ladder: Ladder | None) -> dict[str, Any]:
    names = ("measure", "window_days", "fall", "validity", "validity_days", "warning_days")
    shown = ladder or Ladder()
    return {name: getattr(shown, name) for name in names}


def _rung_initial(rung: Rung | None) -> dict[str, Any]:
    if rung is None:
        return {"tokens": 0, "turnover": Decimal(0), "extra_pct": Decimal(0), "gift_points": 0}
    return {"tokens": rung.tokens, "turnover": rung.turnover, "extra_pct": rung.extra_pct.normalize(), "gift_points": rung.gift_points}


@admin.register(TokenEntry)
class TokenEntryAdmin(RecordAdmin):
    """Tokens of all members: given, taken back, never spent."""

    menu = MenuItem(Section.QUESTS_AND_LEVELS, _("Tokens"), "generating_tokens", 70)
    list_display = ("number", "member", "kind", "tokens", "title", "occurred_at", "created_at", "actor")
    list_filter = ("kind",)
    list_select_related = ("member", "actor")
    raw_id_fields = ("member",)


class OverrideForm(forms.Form):
    """A level, until when, and why."""

    level = forms.ModelChoiceField(Level.objects.none(), label=_("Level"), widget=UnfoldAdminSelectWidget)
    until = forms.DateField(required=False, label=_("Until, the last day"), help_text=_("Empty: as long as levels are held."), widget=UnfoldAdminDateWidget)
    reason = forms.CharField(max_length=300, label=_("Reason"), widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level"].queryset = Level.objects.all()  # type: ignore[attr-defined]


@admin.register(LevelHistory)
class LevelHistoryAdmin(RecordAdmin):
    """Who held which level from when, and why; and giving a level with a reason."""

    menu = MenuItem(Section.QUESTS_AND_LEVELS, _("Levels of members"), "history", 60)
    list_display = ("number", "member", "level", "since", "until", "reason", "superseded_at", "override")
    list_filter = ("reason", "level")
    list_select_related = ("member", "level", "override__level")
    raw_id_fields = ("member",)

    def get_urls(self) -> list[Any]:
        own = path("give/<int:member_id>/", self.admin_site.admin_view(self.give_view), name="loyalty_levelhistory_give")
        return [own, *super().get_urls()]

    def give_view(self, request: HttpRequest, member_id: int) -> HttpResponse:
        """Give a member a level from now on."""
        if not request.user.has_perm("loyalty.add_leveloverride"):
            raise PermissionDenied
        member = Member.objects.filter(pk=member_id).first()
        if member is None:
            raise Http404
        programme, now = programme_of(request), timezone.now()
        form = OverrideForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            until = form.cleaned_data["until"]
            try:
                level_rules.override_level(
                    member_id=member.pk,
                    level_id=form.cleaned_data["level"].pk,
                    until=start_of_day(until + _DAY, programme.zone) if until else None,
                    reason=form.cleaned_data["reason"],
                    actor_id=request.user.pk,
                    programme=programme,
                    now=now,
                )
            except DomainError as error:
                form.add_error(None, gettext(error.message))
            else:
                messages.success(request, gettext("%(member)s: %(level)s.") % {"member": member, "level": form.cleaned_data["level"]})
                return redirect("admin:accounts_member_change", member.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Give a level"),
            "opts": LevelHistory._meta,
            "original": member,
            "form": form,
            "rows": LevelHistory.objects.filter(member=member, superseded_at__isnull=True).select_related("level", "override__actor").order_by("-since"),
            "tokens": TokenEntry.objects.filter(member=member).order_by("-occurred_at", "-pk")[:20],
            "now": now,
            "back": reverse("admin:accounts_member_change", args=[member.pk]),
        }
        return TemplateResponse(request, "admin/loyalty/give_level.html", context)


@admin.register(LevelOverride)
class LevelOverrideAdmin(RecordAdmin):
    """Levels given by staff, with their reasons."""

    list_display = ("number", "member", "level", "since", "until", "reason", "actor")
    list_select_related = ("member", "level", "actor")
    raw_id_fields = ("member",)
