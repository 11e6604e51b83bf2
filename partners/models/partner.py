"""Companies of the coalition and the catalogue's sections."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modeltranslation.manager import MultilingualManager

from partners.enums import SpendRequires


class Category(models.Model):
    """A section of the catalogue."""

    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    icon = models.CharField(_("icon"), max_length=20, default="store", help_text=_("A symbol of icons.svg without its prefix, as in: basket, coffee, book."))
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects: ClassVar[MultilingualManager["Category"]] = MultilingualManager()

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
    short_line = models.CharField(_("short line"), max_length=120, blank=True)
    description = models.TextField(_("description"), blank=True)
    exclusions_text = models.TextField(_("what earns no points, in words"), blank=True)
    # A picture is named by the digest of its content (partners.domain.pictures); photos are {"image", "width", "height", "alt"}.
    logo = models.CharField(_("logo"), max_length=40, blank=True, editable=False)
    photos = models.JSONField(_("photos"), default=list, blank=True, editable=False)
    # When somebody of the partner said last that the listing is right: freshness counts in the ranking.
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True, editable=False)
    reminded_at = models.DateTimeField(_("reminded to confirm"), null=True, blank=True, editable=False)
    spend_requires = models.CharField(
        _("a spend needs"), max_length=12, choices=SpendRequires, null=True, blank=True, help_text=_("Empty: what the programme says.")
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    # Stems of all words by which it is found (partners/domain/search.py). Empty: not worked out yet.
    search = models.TextField(default="", blank=True, editable=False)

    objects: ClassVar[MultilingualManager["Partner"]] = MultilingualManager()

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        ordering = ["name", "pk"]
        # Few, if any: leaving their outlets out costs a look into this.
        indexes = [models.Index(fields=["id"], condition=models.Q(is_active=False), name="partner_inactive")]

    def __str__(self) -> str:
        return self.name
