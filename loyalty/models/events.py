"""Committed domain facts, and how far each consumer of them has come (see docs/events.md)."""

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from loyalty.enums import DeadLetterState, EventKind

NEWS_FOR = timedelta(hours=48)


class Event(models.Model):
    """One fact, written in the transaction that made it true. Append-only; consumers keep their own marks."""

    kind = models.CharField(_("kind"), max_length=32, choices=EventKind)
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.PROTECT, related_name="events", db_index=False, verbose_name=_("member"))
    occurred_at = models.DateTimeField(_("occurred"))
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)
    payload = models.JSONField(_("payload"), default=dict)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        return self.kind

    def is_news(self, at: datetime) -> bool:
        """Whether the fact was younger than 48 hours at an instant. What isn't news notifies nobody (imports, demo, back-fills)."""
        return self.occurred_at >= at - NEWS_FOR


class ConsumerMark(models.Model):
    """How far a consumer has come: every event up to `planned_to` is handled, unless one of its Backlog rows covers it."""

    name = models.CharField(_("name"), max_length=40, primary_key=True)
    planned_to = models.BigIntegerField(_("planned up to event"), default=0)

    class Meta:
        verbose_name = _("consumer mark")
        verbose_name_plural = _("consumer marks")

    def __str__(self) -> str:
        return self.name


class Backlog(models.Model):
    """Event ids, `first_id` to `last_id`, that a consumer has yet to handle.

    `awaits` names the transactions (PostgreSQL's virtual ids) that may still commit events into the range.
    A single event that failed stands here with its `attempts` and the `error` until it is due again. `starts` counts
    how often handling began: a worker that dies can't say what killed it. Of a long backlog a row is one of several
    `lanes`: it concerns the events of every so many-th member.
    """

    consumer = models.ForeignKey(ConsumerMark, on_delete=models.PROTECT, related_name="backlog", verbose_name=_("consumer"))
    first_id = models.BigIntegerField(_("first event"))
    last_id = models.BigIntegerField(_("last event"))
    due_at = models.DateTimeField(_("due"))
    awaits = models.JSONField(_("waits for transactions"), default=list)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.CharField(_("last error"), max_length=500, blank=True)
    starts = models.PositiveSmallIntegerField(_("begun"), default=0)
    lane = models.PositiveSmallIntegerField(_("lane"), default=0)
    lanes = models.PositiveSmallIntegerField(_("of lanes"), default=1)

    class Meta:
        verbose_name = _("backlog")
        verbose_name_plural = _("backlog")
        indexes = [models.Index(fields=["consumer", "first_id"], name="backlog_in_order")]
        constraints = [
            models.CheckConstraint(condition=models.Q(first_id__lte=models.F("last_id")), name="backlog_is_a_range"),
            models.CheckConstraint(condition=models.Q(lane__lt=models.F("lanes")), name="backlog_lane_is_one_of_lanes"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id}–{self.last_id}"


class DeadLetter(models.Model):
    """An event that a consumer gave up on, and why. Staff have it tried again or set it aside."""

    consumer = models.CharField(_("consumer"), max_length=40)
    # Events are archived by partition one day; a dead letter must not hold that up.
    event = models.ForeignKey(Event, on_delete=models.DO_NOTHING, db_constraint=False, related_name="dead_letters", verbose_name=_("event"))
    attempts = models.PositiveSmallIntegerField(_("attempts"))
    reason = models.CharField(_("reason"), max_length=500)
    created_at = models.DateTimeField(_("given up"), default=timezone.now)
    state = models.CharField(_("state"), max_length=10, choices=DeadLetterState, default=DeadLetterState.OPEN)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    class Meta:
        verbose_name = _("dead letter")
        verbose_name_plural = _("dead letters")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint("consumer", "event", condition=models.Q(state="open"), name="dead_letter_open_once"),
            models.CheckConstraint(
                condition=models.Q(state="open", settled_at__isnull=True) | (~models.Q(state="open") & models.Q(settled_at__isnull=False)),
                name="dead_letter_end_matches_state",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consumer} {self.event_id}"
