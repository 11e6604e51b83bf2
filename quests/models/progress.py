"""A member's state in a quest, with everything it is made of."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from loyalty.models import Order, Return
from quests.models.quest import Quest
from quests.triggers import choices


class Progress(models.Model):
    """A member's way in one window of a quest. Worked out from its contributions alone, whatever their order of arrival.

    `value` is in the trigger's unit, of the round that runs; `rounds` counts completions that stand. `last_key` is the
    last week or month of a streak, `round_keys` are the different keys counted (JSON). `in_order_to`: up to this instant
    contributions came in the order of their dates and nothing was taken back, so that what is later only adds.
    """

    quest = models.ForeignKey(Quest, on_delete=models.PROTECT, related_name="progress", verbose_name=_("quest"))
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="quest_progress", verbose_name=_("member"), db_index=False)
    window_start = models.DateTimeField(_("window from"))
    window_end = models.DateTimeField(_("window until"), null=True, blank=True)
    taken_at = models.DateTimeField(_("taken"), null=True, blank=True)
    value = models.DecimalField(_("done so far"), max_digits=14, decimal_places=2, default=0)
    rounds = models.PositiveIntegerField(_("completed"), default=0)
    last_key = models.IntegerField(_("last week or month"), null=True, blank=True)
    round_keys = models.TextField(_("different ones"), blank=True, default="")
    first_completed_at = models.DateTimeField(_("first completed"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed on"), null=True, blank=True)
    in_order_to = models.DateTimeField(_("in order until"), null=True, blank=True)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now)

    class Meta:
        verbose_name = _("progress")
        verbose_name_plural = _("progress")
        # A member's progress stands together in the index, as a purchase finds it.
        constraints = [models.UniqueConstraint("member", "quest", "window_start", name="progress_one_window_each")]

    def __str__(self) -> str:
        return f"{self.value.normalize():f}"


class Deed(models.Model):
    """Something a member did that is no purchase: an answer to a quiz, a code found, contacts proven. Done once under its key."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="deeds", verbose_name=_("member"))
    kind = models.CharField(_("kind"), max_length=16, choices=choices)
    # Empty: counts in every quest of its kind.
    quest = models.ForeignKey(Quest, null=True, blank=True, on_delete=models.PROTECT, related_name="deeds", verbose_name=_("quest"))
    key = models.CharField(_("once under"), max_length=80, blank=True)
    occurred_at = models.DateTimeField(_("occurred"))
    data = models.JSONField(_("data"), default=dict, blank=True)

    class Meta:
        verbose_name = _("deed")
        verbose_name_plural = _("deeds")
        constraints = [
            models.UniqueConstraint("member", "quest", "key", name="deed_once_in_a_quest"),
            models.UniqueConstraint("member", "kind", "key", condition=models.Q(quest__isnull=True), name="deed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Contribution(models.Model):
    """What one purchase, one return of it, or one deed adds to a progress, signed, in the trigger's unit.

    `key` is what must differ (a partner, an outlet, a city) or follow on (the number of a week or month).
    """

    progress = models.ForeignKey(Progress, on_delete=models.CASCADE, related_name="contributions", verbose_name=_("progress"))
    # Orders and returns are facts that nobody deletes; without a constraint a million of them are back-filled in half the time.
    order = models.ForeignKey(
        Order, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="+", verbose_name=_("order"), db_index=False
    )
    order_return = models.ForeignKey(
        Return, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="+", verbose_name=_("return"), db_index=False
    )
    deed = models.ForeignKey(Deed, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("deed"), db_index=False)
    occurred_at = models.DateTimeField(_("occurred"))
    value = models.DecimalField(_("adds"), max_digits=14, decimal_places=2)
    key = models.CharField(_("key"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("contribution")
        verbose_name_plural = _("contributions")
        constraints = [models.CheckConstraint(condition=~models.Q(value=0), name="contribution_adds_something")]

    def __str__(self) -> str:
        return f"{self.value:+}"


class Completion(models.Model):
    """A quest completed, once a round. `undone_at`: a return took it back; it may stand again later.

    `version` counts how often its reward was given: each has keys of its own. `rewarded` is false where the cap on
    winners was reached before.
    """

    progress = models.ForeignKey(Progress, on_delete=models.CASCADE, related_name="completions", verbose_name=_("progress"))
    number = models.PositiveIntegerField(_("round"))
    completed_at = models.DateTimeField(_("completed"))
    undone_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    rewarded = models.BooleanField(_("rewarded"), default=True)
    tokens = models.PositiveSmallIntegerField(_("tokens"), default=0)
    points = models.PositiveIntegerField(_("points"), default=0)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)

    class Meta:
        verbose_name = _("completion")
        verbose_name_plural = _("completions")
        constraints = [models.UniqueConstraint("progress", "number", name="completion_once_a_round")]

    def __str__(self) -> str:
        return f"{self.completed_at:%Y-%m-%d}"
