"""Groups of quests."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from quests.models import QuestGroup


@admin.register(QuestGroup)
class QuestGroupAdmin(ModelAdmin):
    """The sections of the quests page, in their order."""

    list_display = ("name", "note", "position")
    list_editable = ("position",)
    fields = ("name", "name_en", "note", "note_en", "slug", "position")
    prepopulated_fields = {"slug": ("name_en",)}
