"""Companies of the coalition and the catalogue's sections."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.enums import SpendRequires


class Category(models.Model):
    """A section of the catalogue."""

    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("name in English"), max_length=100, blank=True)
    icon = models.CharField(_("icon"), max_length=20, default="store", help_text=_("A symbol of icons.svg without its prefix, as in: basket, coffee, book."))
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.name


class Partner(models.Model):
    """A company in the coalition. Its conditions are dated rows of Terms."""

    slug = models.SlugField(_("slug"), unique=True, max_length=64)
    name = models.CharField(_("name"), max_length=200)
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT, related_name="partners", verbose_name=_("category"))
    description = models.TextField(_("description"), blank=True)
    spend_requires = models.CharField(
        _("a spend needs"), max_length=12, choices=SpendRequires, null=True, blank=True, help_text=_("Empty: what the programme says.")
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name
