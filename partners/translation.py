"""Which texts of this app are kept in each of the programme's languages."""

from modeltranslation.translator import register

from loyalty.lib.translation import Texts
from partners.models import Category, Partner


@register(Category)
class CategoryTexts(Texts):
    fields = ("name",)


@register(Partner)
class PartnerTexts(Texts):
    fields = ("short_line", "description", "exclusions_text")
