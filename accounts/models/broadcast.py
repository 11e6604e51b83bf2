"""Texts that staff reword, and messages that staff send to many."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Scenario(models.Model):
    """Staff's switch for one kind of message. What it is and its first words are in accounts.domain.notifications.scenarios."""

    slug = models.SlugField(_("name"), max_length=40, primary_key=True)
    is_on = models.BooleanField(_("on"), default=True)
    # Of scenarios that come before something ends. Empty: as the code has it.
    days_before = models.PositiveSmallIntegerField(_("days before"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(30)])

    class Meta:
        verbose_name = _("scenario")
        verbose_name_plural = _("scenarios")
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug


class ScenarioText(models.Model):
    """The words of a scenario in a language as staff wrote them. Never edited: a new version takes its place."""

    scenario = models.ForeignKey(Scenario, on_delete=models.PROTECT, related_name="texts", verbose_name=_("scenario"))
    language = models.CharField(_("language"), max_length=8)
    version = models.PositiveIntegerField(_("version"))
    title = models.CharField(_("title"), max_length=150)
    body = models.TextField(_("text"), max_length=2000)
    sms = models.CharField(_("SMS"), max_length=300)
    button = models.CharField(_("button"), max_length=60, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    created_at = models.DateTimeField(_("written"), default=timezone.now)

    class Meta:
        verbose_name = _("text of a scenario")
        verbose_name_plural = _("texts of scenarios")
        ordering = ["scenario", "language", "-version"]
        constraints = [models.UniqueConstraint("scenario", "language", "version", name="scenario_text_version_once")]

    def __str__(self) -> str:
        return f"{self.scenario_id} {self.language} {self.version}"


class BroadcastState(models.TextChoices):
    DRAFT = "draft", _("draft")
    SCHEDULED = "scheduled", _("scheduled")
    QUEUEING = "queueing", _("being queued")
    SENDING = "sending", _("being sent")
    PAUSED = "paused", _("paused")
    DONE = "done", _("done")
    CANCELLED = "cancelled", _("cancelled")


class Broadcast(models.Model):
    """One text to a filter of members. `cursor` is the last member looked at: queueing goes on from there."""

    name = models.CharField(_("name"), max_length=100)
    category = models.CharField(
        _("category"), max_length=20, default="offers", choices=[("offers", _("offers")), ("partner_news", _("partner news")), ("service", _("service"))]
    )
    # Language → {title, body, sms, button}; who reads another language gets the first.
    texts = models.JSONField(_("texts"), default=dict)
    url = models.CharField(_("leads to"), max_length=200, blank=True)
    audience = models.JSONField(_("filter"), default=dict, blank=True)
    hold_out_pct = models.PositiveSmallIntegerField(_("hold-out, %"), default=0, validators=[MaxValueValidator(50)])
    state = models.CharField(_("state"), max_length=10, choices=BroadcastState, default=BroadcastState.DRAFT)
    # What a paused broadcast goes back to.
    paused_from = models.CharField(max_length=10, blank=True, editable=False)
    scheduled_at = models.DateTimeField(_("begins"), null=True, blank=True)
    started_at = models.DateTimeField(_("begun"), null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True, editable=False)
    cursor = models.BigIntegerField(default=0, editable=False)
    audience_size = models.PositiveIntegerField(_("members"), default=0, editable=False)
    held_out = models.PositiveIntegerField(_("held out"), default=0, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("written"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("broadcast")
        verbose_name_plural = _("broadcasts")
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=models.Q(hold_out_pct__lte=50), name="broadcast_hold_out_at_most_half")]

    def __str__(self) -> str:
        return self.name
