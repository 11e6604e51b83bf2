"""The fixed vocabularies of quests."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Starts(models.TextChoices):
    """When a member's window opens."""

    PUBLICATION = "publication", _("for everybody at the quest's start")
    TAKEN = "taken", _("when the member takes it")
    JOINED = "joined", _("when the member joined")


class Recurrence(models.TextChoices):
    ONCE = "once", _("once")
    EVERY_PERIOD = "period", _("once every period")
    AFTER_COMPLETION = "completion", _("again after each completion")


class Period(models.TextChoices):
    DAY = "day", _("day")
    WEEK = "week", _("week")
    MONTH = "month", _("month")
    QUARTER = "quarter", _("quarter")
    YEAR = "year", _("year")


class ReturnPolicy(models.TextChoices):
    """What a return does to a quest. It is published with the quest."""

    TAKE_BACK = "take_back", _("takes back progress, and a reward that no longer stands")
    KEEP_COMPLETED = "keep", _("takes back progress; what is completed stays")
    IGNORE = "ignore", _("changes nothing")


class QuestState(models.TextChoices):
    """A member's state in a quest, as pages show it; derived from progress and the clock."""

    LOCKED = "locked", _("opens later")
    AVAILABLE = "available", _("available")
    ACTIVE = "active", _("active")
    WAITING = "waiting", _("waiting")
    DONE = "done", _("done")
    EXPIRED = "expired", _("expired")
