"""Quests: built by staff, tried on the past before they are published, back-filled after."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from loyalty.admin.base import MenuItem, Section, TranslatedAdmin
from loyalty.lib import translation
from loyalty.web.page import programme_of
from quests.domain.backfill import dry_run
from quests.forms import TASK_FIELDS, QuestForm, chosen, form_for
from quests.models import Completion, Progress, Quest
from quests.triggers.base import Trigger

MONTHS = (1, 3, 6, 12)
# What members were promised: no longer to be changed once somebody has begun.
PROMISED = ("slug", "trigger", "target", "starts_at", "starts", "personal_days", "recurrence", "period", "return_policy")


@admin.register(Quest)
class QuestAdmin(TranslatedAdmin):
    """One page builds a quest: texts, what counts, when, for which members, what it brings."""

    menu = MenuItem(Section.QUESTS_AND_LEVELS, _("Quests"), "flag", 10)
    form = QuestForm
    list_display = ("title", "group", "kind", "target_in_words", "reward", "starts_at", "ends_at", "is_published", "begun", "done")
    list_filter = ("is_published", "group", "trigger")
    list_select_related = ("group",)
    search_fields = (*translation.columns("title"), "slug")
    prepopulated_fields = {"slug": ("title_en",)}
    filter_horizontal = ("requires",)
    actions_detail = ("try_on_the_past", "count_the_past")
    save_as = True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return PROMISED if self._is_begun(request, obj) else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change=change, form=form_for(self._task(request, obj)), **kwargs)

    def whole_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        task = self._task(request, obj)
        return (
            (None, {"fields": ("group", "slug", ("icon", "picture", "position"), "title", "summary", "story")}),
            (_("What counts"), {"fields": (("trigger", "target"),)}),
            (None, {"fields": tuple(task.rows()) if task else (), "classes": (TASK_FIELDS,)}),
            (_("When"), {"fields": (("visible_from", "starts_at", "ends_at"), ("starts", "personal_days"), ("recurrence", "period"))}),
            (_("For whom"), {"fields": ("requires", "min_level")}),
            (_("Reward"), {"fields": (("reward_tokens", "reward_points", "sponsor"), "winners_cap", "return_policy")}),
            (_("Publication"), {"fields": ("is_published",)}),
        )

    def _task(self, request: HttpRequest, quest: Quest | None) -> Trigger | None:
        """The task whose fields this page shows."""
        return chosen(request.POST, request.GET, quest, may_change=not self._is_begun(request, quest))

    def _is_begun(self, request: HttpRequest, quest: Quest | None) -> bool:
        """Whether somebody has begun it. Asked once a request, however often the page is put together."""
        if not hasattr(request, "_quest_is_begun"):
            request._quest_is_begun = quest is not None and Progress.objects.filter(quest=quest).exists()  # type: ignore[attr-defined]
        return bool(request._quest_is_begun)  # type: ignore[attr-defined]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj is not None else super().get_prepopulated_fields(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A quest that somebody has begun is unpublished, not deleted."""
        return super().has_delete_permission(request, obj) and not (obj is not None and Progress.objects.filter(quest=obj).exists())

    @admin.display(description=_("asks for"), ordering="trigger")
    def kind(self, quest: Quest) -> str:
        return str(quest.get_trigger_display())

    @admin.display(description=_("target"))
    def target_in_words(self, quest: Quest) -> str:
        return f"{quest.target.normalize():f}"

    @admin.display(description=_("reward"))
    def reward(self, quest: Quest) -> str:
        parts = [gettext("tokens: %(count)s") % {"count": quest.reward_tokens}] if quest.reward_tokens else []
        parts += [gettext("points: %(count)s") % {"count": quest.reward_points}] if quest.reward_points else []
        return ", ".join(parts)

    @admin.display(description=_("begun by"))
    def begun(self, quest: Quest) -> int:
        return self._counts(quest)[0]

    @admin.display(description=_("completed"))
    def done(self, quest: Quest) -> int:
        return self._counts(quest)[1]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        # Counted for all quests at once: a list costs the same with any number of them.
        self._begun = dict(Progress.objects.order_by().values_list("quest_id").annotate(Count("member_id", distinct=True)))
        standing = Completion.objects.filter(undone_at__isnull=True).order_by()
        self._done = dict(standing.values_list("progress__quest_id").annotate(Count("pk")))
        return super().changelist_view(request, extra_context)

    def _counts(self, quest: Quest) -> tuple[int, int]:
        return getattr(self, "_begun", {}).get(quest.pk, 0), getattr(self, "_done", {}).get(quest.pk, 0)

    @action(description=_("Try on the past"), url_path="try", icon="science")
    def try_on_the_past(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """How many members would have completed it over the last months, and how the card looks."""
        quest = self._quest(request, object_id)
        months = request.GET.get("months", "3")
        chosen = int(months) if months.isdigit() and int(months) in MONTHS else 3
        now = timezone.now()
        run = dry_run(quest, months=chosen, programme=programme_of(request), now=now)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Try on the past"),
            "opts": Quest._meta,
            "original": quest,
            "months": chosen,
            "choices": MONTHS,
            "run": run,
            "tenths": [(place * 10, count) for place, count in enumerate(run.tenths[:10])],
        }
        return TemplateResponse(request, "admin/quests/try.html", context)

    @action(description=_("Count the past"), url_path="count-the-past", icon="history")
    def count_the_past(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask before the purchases of the past count for good; then a worker does it."""
        quest = self._quest(request, object_id)
        if not request.user.has_perm("quests.change_quest"):
            raise PermissionDenied
        if request.method == "POST":
            if quest.is_published:
                from quests import tasks  # with Celery, which no other page of the admin needs

                tasks.backfill_quest.delay(quest.pk)
                messages.success(request, gettext("Purchases since %(date)s are being counted.") % {"date": f"{quest.starts_at:%Y-%m-%d}"})
            else:
                messages.error(request, gettext("Publish the quest first."))
            return redirect("admin:quests_quest_change", quest.pk)
        context = {**self.admin_site.each_context(request), "title": gettext("Count the past"), "opts": Quest._meta, "original": quest}
        return TemplateResponse(request, "admin/quests/count.html", context)

    def _quest(self, request: HttpRequest, object_id: str) -> Quest:
        quest = Quest.objects.select_related("group", "min_level").filter(pk=object_id).first() if object_id.isdigit() else None
        if quest is None:
            raise Http404
        if not self.has_view_permission(request, quest):
            raise PermissionDenied
        return quest
