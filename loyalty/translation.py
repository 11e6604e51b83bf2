"""Which texts of this app are kept in each of the programme's languages."""

from modeltranslation.translator import register

from loyalty.lib.translation import Texts
from loyalty.models import Level, TokenEntry


@register(Level)
class LevelTexts(Texts):
    fields = ("name", "perks")


@register(TokenEntry)
class TokenEntryTexts(Texts):
    fields = ("title",)
