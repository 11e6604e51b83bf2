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
    TOKENS_CREDITED = "tokens_credited", _("tokens credited")
    TOKENS_TAKEN_BACK = "tokens_taken_back", _("tokens taken back")
    LEVEL_REACHED = "level_reached", _("level reached")
    LEVEL_AT_RISK = "level_at_risk", _("level at risk")
    LEVEL_LOST = "level_lost", _("level lost")
    QUEST_COMPLETED = "quest_completed", _("quest completed")
    QUEST_TAKEN_BACK = "quest_taken_back", _("quest taken back")
    # Of the member who invited; payload: friend (member id), order (id of the purchase).
    FRIEND_BOUGHT = "friend_bought", _("a friend bought")


class DeadLetterState(models.TextChoices):
    OPEN = "open", _("waits for staff")
    RETRIED = "retried", _("tried again")
    DISMISSED = "dismissed", _("set aside")


class Measure(models.TextChoices):
    """What raises a member's level."""

    TOKENS = "tokens", _("tokens")
    TURNOVER = "turnover", _("turnover")
    EITHER = "either", _("tokens or turnover")
    BOTH = "both", _("tokens and turnover")

    @property
    def counts_turnover(self) -> bool:
        return self is not Measure.TOKENS


class WhenToFall(models.TextChoices):
    NEVER = "never", _("never")
    PERIOD_END = "period_end", _("when it ends, down to what is reached")
    ONE_DOWN = "one_down", _("when it ends, one level at most")


class TokenKind(models.TextChoices):
    QUEST = "quest", _("quest")
    ADJUSTMENT = "adjustment", _("adjustment")
    IMPORT = "import", _("opening balance")


class LevelReason(models.TextChoices):
    """Why a member holds a level from an instant on."""

    REACHED = "reached", _("reached")
    KEPT = "kept", _("kept")
    FELL = "fell", _("ran out")
    UNDONE = "undone", _("undone by a return")
    OVERRIDE = "override", _("given by staff")
    LADDER = "ladder", _("new rules of levels")
