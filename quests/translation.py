"""Which texts of this app are kept in each of the programme's languages."""

from modeltranslation.translator import register

from loyalty.lib.translation import Texts
from quests.models import Quest, QuestGroup


@register(QuestGroup)
class QuestGroupTexts(Texts):
    fields = ("name", "note")


@register(Quest)
class QuestTexts(Texts):
    fields = ("title", "summary", "story")
