"""Groups of quests."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from loyalty.admin.base import MenuItem, Section, TranslatedAdmin
from quests.models import QuestGroup


@admin.register(QuestGroup)
class QuestGroupAdmin(TranslatedAdmin):
    """The sections of the quests page, in their order."""

    menu = MenuItem(Section.QUESTS_AND_LEVELS, _("Quest groups"), "category", 20)
    list_display = ("name", "note", "position")
    list_editable = ("position",)
    fields = ("slug", "position", "name", "note")
    prepopulated_fields = {"slug": ("name_en",)}
