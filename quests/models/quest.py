"""Quests as staff build them."""

from typing import ClassVar

from django.core.validators import FileExtensionValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modeltranslation.manager import MultilingualManager

from loyalty.models import Level
from partners.models import Partner
from quests.enums import Period, Recurrence, ReturnPolicy, Starts
from quests.triggers import choices


class QuestGroup(models.Model):
    """A section of the quests page, as in «Маршруты»: a name and what its quests have in common."""

    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=60)
    note = models.CharField(_("what they have in common"), max_length=80, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects: ClassVar[MultilingualManager["QuestGroup"]] = MultilingualManager()

    class Meta:
        verbose_name = _("quest group")
        verbose_name_plural = _("quest groups")
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.name


class Quest(models.Model):
    """A task with a target, a window and a reward. What counts says the trigger with its `parameters` (quests/triggers).

    `target` is in the trigger's unit: purchases, money, partners, weeks… Instants are UTC; periods are the programme's.
    """

    slug = models.SlugField(_("slug"), unique=True)
    group = models.ForeignKey(QuestGroup, on_delete=models.PROTECT, related_name="quests", verbose_name=_("group"))
    title = models.CharField(_("title"), max_length=80)
    summary = models.CharField(_("what counts"), max_length=200)
    story = models.TextField(_("more about it"), blank=True)
    icon = models.CharField(_("icon"), max_length=20, default="quest", help_text=_("A symbol of icons.svg without its prefix, as in: coffee, book, quest."))
    picture = models.FileField(_("picture"), upload_to="quests/", blank=True, validators=[FileExtensionValidator(["png", "jpg", "jpeg", "webp", "svg"])])
    trigger = models.CharField(_("asks for"), max_length=16, choices=choices)
    parameters = models.JSONField(_("conditions"), default=dict, blank=True)
    target = models.DecimalField(_("target"), max_digits=14, decimal_places=2, default=1, validators=[MinValueValidator(1)])
    visible_from = models.DateTimeField(_("shown from"), null=True, blank=True, help_text=_("Empty: from the start on."))
    starts_at = models.DateTimeField(_("counts from"))
    ends_at = models.DateTimeField(_("counts until"), null=True, blank=True)
    starts = models.CharField(_("begins"), max_length=12, choices=Starts, default=Starts.PUBLICATION)
    personal_days = models.PositiveSmallIntegerField(_("the member has days"), null=True, blank=True, validators=[MinValueValidator(1)])
    recurrence = models.CharField(_("can be completed"), max_length=10, choices=Recurrence, default=Recurrence.ONCE)
    period = models.CharField(_("period"), max_length=8, choices=Period, blank=True)
    requires = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="unlocks", verbose_name=_("opens after"))
    min_level = models.ForeignKey(Level, null=True, blank=True, on_delete=models.PROTECT, related_name="quests", verbose_name=_("from the level"))
    reward_tokens = models.PositiveSmallIntegerField(_("tokens"), default=0)
    reward_points = models.PositiveIntegerField(_("points"), default=0)
    sponsor = models.ForeignKey(
        Partner,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="sponsored_quests",
        verbose_name=_("points are paid by"),
        help_text=_("Empty: the operator."),
    )
    winners_cap = models.PositiveIntegerField(_("rewards at most"), null=True, blank=True, validators=[MinValueValidator(1)])
    # Rewards given and not taken back; moves under a lock of the row.
    winners = models.PositiveIntegerField(_("rewards given"), default=0, editable=False)
    return_policy = models.CharField(_("a return"), max_length=10, choices=ReturnPolicy, default=ReturnPolicy.TAKE_BACK)
    is_published = models.BooleanField(_("published"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects: ClassVar[MultilingualManager["Quest"]] = MultilingualManager()

    class Meta:
        verbose_name = _("quest")
        verbose_name_plural = _("quests")
        ordering = ["group__position", "position", "pk"]
        indexes = [models.Index(fields=["ends_at"], condition=models.Q(is_published=True), name="quest_published")]
        constraints = [
            models.CheckConstraint(condition=models.Q(target__gte=1), name="quest_target_at_least_1"),
            models.CheckConstraint(condition=models.Q(ends_at__isnull=True) | models.Q(ends_at__gt=models.F("starts_at")), name="quest_lasts"),
            models.CheckConstraint(condition=models.Q(reward_tokens__gt=0) | models.Q(reward_points__gt=0), name="quest_gives_something"),
            models.CheckConstraint(condition=~models.Q(recurrence="period") | ~models.Q(period=""), name="quest_period_is_named"),
            models.CheckConstraint(
                condition=models.Q(winners_cap__isnull=True) | models.Q(winners__lte=models.F("winners_cap")), name="quest_winners_within_cap"
            ),
        ]

    def __str__(self) -> str:
        return self.title
