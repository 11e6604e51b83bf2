"""The fixed vocabularies of the programme, with their groups as properties."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.enums import SpendRequires as SpendRequires


class Rounding(models.TextChoices):
    DOWN = "down", _("down")
    HALF_UP = "half_up", _("half up")
    UP = "up", _("up")


class ExpiryMode(models.TextChoices):
    NEVER = "never", _("never")
    DAYS = "days", _("after the days of life")
    MONTH_END = "month_end", _("at the end of the month in which the days run out")
    YEAR_END = "year_end", _("at the end of the year in which the days run out")


class Shortfall(models.TextChoices):
    DEBT = "debt", _("becomes debt")
    FORGIVE = "forgive", _("is forgiven")


class SpendLock(models.TextChoices):
    """A member's own lock on spending. The first is the default."""

    PHONE = "phone", _("only with my phone")
    OPEN = "open", _("by card number too")
    CLOSED = "closed", _("nothing is spent")


class EntryKind(models.TextChoices):
    ACCRUAL = "accrual", _("accrual")
    REDEMPTION = "redemption", _("redemption")
    RETURN_ACCRUAL = "return_accrual", _("points taken back for a return")
    RETURN_REDEMPTION = "return_redemption", _("points given back for a return")
    EXPIRY = "expiry", _("expiry")
    TRANSFER_OUT = "transfer_out", _("transfer to a member")
    TRANSFER_IN = "transfer_in", _("transfer from a member")
    ADJUSTMENT = "adjustment", _("adjustment")
    QUEST = "quest", _("quest reward")
    REFERRAL = "referral", _("referral reward")
    WELCOME = "welcome", _("welcome points")
    BIRTHDAY = "birthday", _("birthday points")
    REWARD = "reward", _("reward")
    OFFER = "offer", _("offer")
    IMPORT = "import", _("opening balance")


class LotSource(models.TextChoices):
    """What a part of an accrual was given for. The order is the order of ties when points are split."""

    BASE = "base", _("base")
    LEVEL = "level", _("level")
    OFFER = "offer", _("offer")
    GRANT = "grant", _("grant")
    GRACE = "grace", _("given back after expiry")


class HoldState(models.TextChoices):
    AWAITING_MEMBER = "awaiting_member", _("waits for the member")
    ACTIVE = "active", _("active")
    CAPTURED = "captured", _("captured")
    RELEASED = "released", _("released")

    @property
    def is_open(self) -> bool:
        return self in (HoldState.AWAITING_MEMBER, HoldState.ACTIVE)


class EventKind(models.TextChoices):
    MEMBER_JOINED = "member_joined", _("member joined")
    CARD_BLOCKED = "card_blocked", _("card blocked")
    ORDER_RECORDED = "order_recorded", _("order recorded")
    RETURN_RECORDED = "return_recorded", _("return recorded")
    POINTS_CREDITED = "points_credited", _("points credited")
    POINTS_SPENT = "points_spent", _("points spent")
    POINTS_TAKEN_BACK = "points_taken_back", _("points taken back")
    POINTS_EXPIRED = "points_expired", _("points expired")


class DeadLetterState(models.TextChoices):
    OPEN = "open", _("waits for staff")
    RETRIED = "retried", _("tried again")
    DISMISSED = "dismissed", _("set aside")
