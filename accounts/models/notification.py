"""Messages to members: what about, by which way, and what became of it (see docs/notifications.md)."""

from datetime import time

from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from accounts.models.broadcast import Broadcast
from accounts.models.member import Member


class Category(models.TextChoices):
    """What a message is about. Members choose by category and channel."""

    POINTS_CREDITED = "points_credited", _("points credited")
    POINTS_SPENT = "points_spent", _("points spent")
    POINTS_EXPIRING = "points_expiring", _("points about to expire")
    LEVEL_AND_QUESTS = "level_and_quests", _("level and quests")
    OFFERS = "offers", _("offers")
    PARTNER_NEWS = "partner_news", _("partner news")
    SECURITY = "security", _("security")
    SERVICE = "service", _("service")

    @property
    def is_marketing(self) -> bool:
        """Needs a recorded consent."""
        return self in (Category.OFFERS, Category.PARTNER_NEWS)

    @property
    def is_capped(self) -> bool:
        """Counts against, and is held back by, the caps per day and week."""
        return self in (Category.OFFERS, Category.PARTNER_NEWS, Category.LEVEL_AND_QUESTS)

    @property
    def is_locked(self) -> bool:
        """Can't be fully silenced: one way of reaching the member always stays on."""
        return self in (Category.SECURITY, Category.SERVICE)

    @property
    def waits_in_quiet_hours(self) -> bool:
        return self != Category.SECURITY

    @property
    def priority(self) -> int:
        """0 security, 1 what happened to the member's account, 2 marketing. Lower goes first."""
        return 0 if self == Category.SECURITY else 2 if self.is_marketing else 1


CAPPED = tuple(str(category) for category in Category if category.is_capped)


class Channel(models.TextChoices):
    INBOX = "inbox", _("in the cabinet")
    EMAIL = "email", _("e-mail")
    SMS = "sms", _("SMS")
    PUSH = "push", _("push")


# The ways that leave the cabinet: columns of the matrix of preferences.
OUTSIDE = (Channel.EMAIL, Channel.SMS, Channel.PUSH)


class Digest(models.TextChoices):
    """Whether e-mails other than security and service come one by one or gathered."""

    OFF = "off", _("one by one")
    DAILY = "daily", _("once a day")
    WEEKLY = "weekly", _("once a week")


class MessageState(models.TextChoices):
    QUEUED = "queued", _("queued")
    SENT = "sent", _("sent")
    DELIVERED = "delivered", _("delivered")
    FAILED = "failed", _("failed")
    SUPPRESSED = "suppressed", _("suppressed")


class Reason(models.TextChoices):
    """Why a message was suppressed or failed; DIGEST: how it went."""

    PREFERENCE = "preference", _("switched off by the member")
    CONSENT = "consent", _("no consent to marketing")
    UNVERIFIED = "unverified", _("the contact isn't confirmed")
    BAD_CONTACT = "bad_contact", _("the contact refuses messages")
    CAP = "cap", _("too many messages already")
    HOLD_OUT = "hold_out", _("hold-out group")
    DIGEST = "digest", _("went with a digest")
    CANCELLED = "cancelled", _("cancelled by staff")
    STALE = "stale", _("too late to be of use")
    BUDGET = "budget", _("the budget for SMS is used up")
    COUNTRY = "country", _("no SMS to this country")
    REFUSED = "refused", _("refused by the provider")
    BOUNCED = "bounced", _("bounced")
    UNDELIVERED = "undelivered", _("not delivered")
    GAVE_UP = "gave_up", _("given up after all attempts")


class NotificationChoice(models.Model):
    """A cell of the member's matrix that differs from the default (accounts.domain.notifications.matrix)."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="notification_choices", verbose_name=_("member"))
    category = models.CharField(_("category"), max_length=20, choices=Category)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    is_on = models.BooleanField(_("on"))
    source = models.CharField(_("source"), max_length=32)
    changed_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("choice of notifications")
        verbose_name_plural = _("choices of notifications")
        constraints = [models.UniqueConstraint("member", "category", "channel", name="notification_choice_once")]

    def __str__(self) -> str:
        return f"{self.category} {self.channel}"


class NotificationSettings(models.Model):
    """When and how often a member wants messages. No row: the defaults. An empty time zone is the programme's."""

    member = models.OneToOneField(Member, primary_key=True, on_delete=models.PROTECT, related_name="notification_settings", verbose_name=_("member"))
    timezone = models.CharField(_("time zone"), max_length=64, blank=True)
    is_quiet = models.BooleanField(_("quiet hours"), default=True)
    quiet_from = models.TimeField(_("quiet from"), default=time(22))
    quiet_until = models.TimeField(_("quiet until"), default=time(8))
    cap_day = models.PositiveSmallIntegerField(_("at most a day"), default=2)
    cap_week = models.PositiveSmallIntegerField(_("at most a week"), default=5)
    digest = models.CharField(_("digest"), max_length=8, choices=Digest, default=Digest.OFF)
    changed_at = models.DateTimeField(_("changed"), default=now)

    class Meta:
        verbose_name = _("settings of notifications")
        verbose_name_plural = _("settings of notifications")

    def __str__(self) -> str:
        return str(self.member_id)


class Message(models.Model):
    """One notification to one member on one channel, rendered in the member's language.

    `event_key` names the fact, so that it is announced once. A queued row is due at `due_at`; a worker that claims it moves
    that to when the claim lapses. `planned_at` is when the member was meant to hear, for the caps.
    """

    event_key = models.CharField(_("fact"), max_length=80)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="messages", db_index=False, verbose_name=_("member"))
    category = models.CharField(_("category"), max_length=20, choices=Category)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    scenario = models.CharField(_("scenario"), max_length=40)
    text_version = models.PositiveIntegerField(_("version of the text"), default=0)
    broadcast = models.ForeignKey(
        Broadcast, null=True, blank=True, on_delete=models.PROTECT, related_name="messages", db_index=False, verbose_name=_("broadcast")
    )
    language = models.CharField(_("language"), max_length=8)
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("text"))
    # Rows of a small table (label, value), and the words on the button that leads to `url` (a path of this site).
    rows = models.JSONField(_("rows"), default=list)
    button = models.CharField(_("button"), max_length=60, blank=True)
    url = models.CharField(_("leads to"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=MessageState, default=MessageState.QUEUED)
    reason = models.CharField(_("reason"), max_length=12, choices=Reason, blank=True)
    priority = models.PositiveSmallIntegerField(_("priority"))
    planned_at = models.DateTimeField(_("planned"))
    due_at = models.DateTimeField(_("due"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.CharField(_("last error"), max_length=200, blank=True)
    in_digest = models.BooleanField(_("waits for a digest"), default=False)
    provider = models.CharField(_("provider"), max_length=40, blank=True)
    provider_id = models.CharField(_("number at the provider"), max_length=120, blank=True)
    segments = models.PositiveSmallIntegerField(_("parts"), default=0)
    cost = models.DecimalField(_("cost"), max_digits=8, decimal_places=2, default=0)
    created_at = models.DateTimeField(_("written"), default=now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    read_at = models.DateTimeField(_("opened"), null=True, blank=True)
    clicked_at = models.DateTimeField(_("clicked"), null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            models.Index(fields=["channel", "priority", "due_at", "id"], condition=models.Q(state="queued"), name="message_due"),
            models.Index(fields=["member", "channel", "-id"], name="message_by_member"),
            models.Index(fields=["member"], condition=models.Q(channel="inbox", state="delivered", read_at__isnull=True), name="message_unread"),
            models.Index(fields=["provider_id"], condition=~models.Q(provider_id=""), name="message_at_provider"),
            models.Index(fields=["broadcast", "channel", "state"], condition=models.Q(broadcast__isnull=False), name="message_of_broadcast"),
            models.Index(fields=["channel", "-id"], condition=models.Q(state="failed"), name="message_failed"),
        ]
        constraints = [
            models.UniqueConstraint("event_key", "member", "category", "channel", name="message_told_once"),
            models.CheckConstraint(
                condition=~models.Q(state="suppressed") | ~models.Q(reason=""),
                name="message_suppressed_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scenario} {self.channel}"


class BadContact(models.Model):
    """A contact that bounced for good or complained. Kept as a keyed hash; a proven contact may be tried again."""

    contact = models.CharField(_("contact (hash)"), max_length=64, primary_key=True)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    reason = models.CharField(_("reason"), max_length=16)
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("contact that refuses messages")
        verbose_name_plural = _("contacts that refuse messages")

    def __str__(self) -> str:
        return self.contact[:8]


class PushSubscription(models.Model):
    """A browser in which a member allowed push messages."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="push_subscriptions", verbose_name=_("member"))
    endpoint = models.CharField(_("address"), max_length=500, unique=True)
    p256dh = models.CharField(_("key"), max_length=120)
    auth = models.CharField(_("secret"), max_length=40)
    device = models.CharField(_("device"), max_length=80, blank=True)
    created_at = models.DateTimeField(_("allowed"), default=now)

    class Meta:
        verbose_name = _("push subscription")
        verbose_name_plural = _("push subscriptions")

    def __str__(self) -> str:
        return self.device or str(self.pk)
