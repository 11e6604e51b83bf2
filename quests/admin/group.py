"""Groups of quests."""

from django.contrib import admin

from loyalty.admin.base import TranslatedAdmin
from quests.models import QuestGroup


@admin.register(QuestGroup)
class QuestGroupAdmin(TranslatedAdmin):
    """The sections of the quests page, in their order."""

    list_display = ("name", "note", "position")
    list_editable = ("position",)
    fields = ("slug", "position", "name", "note")
    prepopulated_fields = {"slug": ("name_en",)}
