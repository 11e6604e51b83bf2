"""Tokens, the ladder of levels, and which level a member held when (see docs/quests.md).

What a ladder says is dated and never edited in place: a change is a new row. Tokens, overrides and the history
are append-only by database triggers.
"""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modeltranslation.manager import MultilingualManager

from accounts.models import Member
from loyalty.enums import ExpiryMode, LevelReason, Measure, TokenKind, WhenToFall


class Level(models.Model):
    """A rung's identity: its name, its coin and its perks in words. What it takes and gives is in Rung."""

    slug = models.SlugField(_("slug"), unique=True)
    rank = models.PositiveSmallIntegerField(_("place, from the lowest"), unique=True)
    name = models.CharField(_("name"), max_length=60)
    metal = models.PositiveSmallIntegerField(_("coin, 1 to 4"), default=1, validators=[MinValueValidator(1), MaxValueValidator(4)])
    perks = models.CharField(_("perks"), max_length=300, blank=True)

    objects: ClassVar[MultilingualManager["Level"]] = MultilingualManager()

    class Meta:
        verbose_name = _("level")
        verbose_name_plural = _("levels")
        ordering = ["rank"]

    def __str__(self) -> str:
        return self.name


class Ladder(models.Model):
    """The rules of levels from `valid_from` (an instant) until the next row.

    `window_days` says how far back tokens and turnover count; empty: always. A level is held until the end that
    `validity` and `validity_days` give, counted from the day on which it was reached or kept.
    """

    valid_from = models.DateTimeField(_("valid from"), unique=True)
    measure = models.CharField(_("levels are reached by"), max_length=8, choices=Measure, default=Measure.TOKENS)
    window_days = models.PositiveIntegerField(
        _("counted back, days"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(3660)], help_text=_("Empty: from the beginning.")
    )
    fall = models.CharField(_("a level is lost"), max_length=10, choices=WhenToFall, default=WhenToFall.PERIOD_END)
    validity = models.CharField(_("a level is held"), max_length=10, choices=ExpiryMode, default=ExpiryMode.MONTH_END)
    validity_days = models.PositiveIntegerField(_("for days"), default=365, validators=[MinValueValidator(1), MaxValueValidator(3660)])
    warning_days = models.PositiveSmallIntegerField(_("warning before, days"), default=30, validators=[MaxValueValidator(365)])
    created_at = models.DateTimeField(_("recorded"), default=timezone.now, editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))

    class Meta:
        verbose_name = _("rules of levels")
        verbose_name_plural = _("rules of levels")
        ordering = ["valid_from"]

    def __str__(self) -> str:
        return f"{self.valid_from:%Y-%m-%d}"


class Rung(models.Model):
    """What a level takes and gives under a ladder: thresholds, percentage points over the partner's base, points once."""

    ladder = models.ForeignKey(Ladder, on_delete=models.PROTECT, related_name="rungs", verbose_name=_("rules of levels"))
    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="rungs", verbose_name=_("level"))
    tokens = models.PositiveIntegerField(_("tokens"), default=0)
    turnover = models.DecimalField(_("turnover"), max_digits=14, decimal_places=2, default=0)
    extra_pct = models.DecimalField(_("over the base, %"), max_digits=6, decimal_places=3, default=0)
    gift_points = models.PositiveIntegerField(_("points once"), default=0, validators=[MaxValueValidator(1_000_000)])

    class Meta:
        verbose_name = _("rung")
        verbose_name_plural = _("rungs")
        ordering = ["ladder_id", "level__rank"]
        constraints = [
            models.UniqueConstraint("ladder", "level", name="rung_once_per_ladder"),
            models.CheckConstraint(condition=models.Q(extra_pct__range=(0, 100)), name="rung_extra_pct_in_0_100"),
            models.CheckConstraint(condition=models.Q(turnover__gte=0), name="rung_turnover_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.level} +{self.extra_pct.normalize():f} %"


class TokenEntry(models.Model):
    """Tokens given or taken back, signed. `reverses` names the entry that is undone from `occurred_at` on.

    A reversal dated as its entry makes it void: it never counted. `title` is what the member reads, `reference`
    names the source in its own words, as in “quest:12”.
    """

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="token_entries", verbose_name=_("member"))
    kind = models.CharField(_("kind"), max_length=12, choices=TokenKind)
    tokens = models.IntegerField(_("tokens"))
    occurred_at = models.DateTimeField(_("occurred"))
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)
    key = models.CharField(_("idempotency key"), max_length=160, null=True, blank=True, unique=True)
    reverses = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversal", verbose_name=_("undoes"))
    reference = models.CharField(_("source"), max_length=80, blank=True)
    title = models.CharField(_("title"), max_length=120, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects: ClassVar[MultilingualManager["TokenEntry"]] = MultilingualManager()

    class Meta:
        verbose_name = _("token entry")
        verbose_name_plural = _("token entries")
        indexes = [models.Index(fields=["member", "-occurred_at", "-id"], name="token_history")]
        constraints = [models.CheckConstraint(condition=~models.Q(tokens=0), name="token_entry_moves_tokens")]

    def __str__(self) -> str:
        return f"{self.tokens:+d}"


class LevelOverride(models.Model):
    """A level that staff gave from an instant on; until `until`, or as long as a level is held."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="level_overrides", verbose_name=_("member"))
    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="+", verbose_name=_("level"))
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    created_at = models.DateTimeField(_("recorded"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("level given by staff")
        verbose_name_plural = _("levels given by staff")
        indexes = [models.Index(fields=["member", "since"], name="level_override_of_member")]
        constraints = [
            models.CheckConstraint(condition=models.Q(until__isnull=True) | models.Q(until__gt=models.F("since")), name="level_override_lasts"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="level_override_has_a_reason"),
        ]

    def __str__(self) -> str:
        return str(self.level)


class LevelHistory(models.Model):
    """The level a member holds from `since` until the next row that stands. Rows after now are falls to come.

    A row is superseded when a late fact or a return makes another history; it stays to be read.
    """

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="level_history", verbose_name=_("member"))
    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="+", verbose_name=_("level"))
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("held until at least"), null=True, blank=True)
    reason = models.CharField(_("why"), max_length=10, choices=LevelReason)
    override = models.ForeignKey(LevelOverride, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("given by staff"))
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)
    superseded_at = models.DateTimeField(_("superseded"), null=True, blank=True)
    # What was announced of it: that it was reached or lost, that it is at risk, and the moment on the member's screen.
    announced_at = models.DateTimeField(_("announced"), null=True, blank=True)
    warned_at = models.DateTimeField(_("warned"), null=True, blank=True)
    seen_at = models.DateTimeField(_("seen by the member"), null=True, blank=True)

    class Meta:
        verbose_name = _("level of a member")
        verbose_name_plural = _("levels of members")
        indexes = [
            models.Index(fields=["until"], condition=models.Q(superseded_at__isnull=True), name="level_history_by_end"),
            models.Index(
                fields=["since"],
                condition=models.Q(superseded_at__isnull=True, announced_at__isnull=True),
                name="level_history_to_announce",
            ),
        ]
        constraints = [
            models.UniqueConstraint("member", "since", condition=models.Q(superseded_at__isnull=True), name="level_history_one_row_per_instant"),
            models.CheckConstraint(condition=models.Q(until__isnull=True) | models.Q(until__gt=models.F("since")), name="level_history_lasts"),
        ]

    def __str__(self) -> str:
        return f"{self.level} {self.since:%Y-%m-%d}"
