"""Groups of quests."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from loyalty.admin.base import MenuItem, Section
from quests.models import QuestGroup


@admin.register(QuestGroup)
class QuestGroupAdmin(ModelAdmin):
    """The sections of the quests page, in their order."""

    menu = MenuItem(Section.QUESTS_AND_LEVELS, _("Quest groups"), "category", 20)
    list_display = ("name", "note", "position")
    list_editable = ("position",)
    fields = ("name", "name_en", "note", "note_en", "slug", "position")
    prepopulated_fields = {"slug": ("name_en",)}
