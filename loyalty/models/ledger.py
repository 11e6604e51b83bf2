"""The points ledger. Written by loyalty.domain.ledger alone; append-only by database triggers."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from loyalty.enums import EntryKind, HoldState, LotSource
from loyalty.models.orders import Order, Return
from partners.models import Partner


class Entry(models.Model):
    """One append-only line of a member's points account, signed.

    `occurred_at` is business time, `created_at` the time of recording. `forgiven` counts the points of a
    return that could not be taken and were let go; they are not part of `points`.
    """

    # Foreign keys without an index of their own: another index begins with them, or few rows have them. Every index costs each posting.
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="entries", db_index=False, verbose_name=_("member"))
    kind = models.CharField(_("kind"), max_length=20, choices=EntryKind)
    points = models.BigIntegerField(_("points"))
    forgiven = models.BigIntegerField(_("forgiven"), default=0)
    occurred_at = models.DateTimeField(_("occurred"))
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)
    key = models.CharField(_("idempotency key"), max_length=160, null=True, blank=True)
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.PROTECT, related_name="entries", db_index=False, verbose_name=_("order"))
    order_return = models.ForeignKey(Return, null=True, blank=True, on_delete=models.PROTECT, related_name="entries", db_index=False, verbose_name=_("return"))
    partner = models.ForeignKey(Partner, null=True, blank=True, on_delete=models.PROTECT, related_name="entries", db_index=False, verbose_name=_("partner"))
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("by"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        indexes = [
            models.Index(fields=["member", "-occurred_at", "-id"], name="entry_history"),
            models.Index(fields=["member", "created_at"], condition=models.Q(kind="redemption"), name="entry_redeemed"),
            models.Index(fields=["partner", "occurred_at"], condition=models.Q(kind__in=["redemption", "return_redemption"]), name="entry_accepted"),
            models.Index(fields=["order"], condition=models.Q(order__isnull=False), name="entry_of_order"),
            models.Index(fields=["order_return"], condition=models.Q(order_return__isnull=False), name="entry_of_return"),
            models.Index(fields=["actor", "created_at"], condition=models.Q(actor__isnull=False), name="entry_by_actor"),
        ]
        constraints = [
            # Not `unique=True`, which brings PostgreSQL another index, for LIKE.
            models.UniqueConstraint("key", name="entry_key_unique"),
            models.CheckConstraint(condition=~models.Q(points=0) | models.Q(forgiven__gt=0), name="entry_moves_points"),
            models.CheckConstraint(condition=models.Q(forgiven__gte=0), name="entry_forgiven_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.points:+d}"


class Lot(models.Model):
    """Points credited by one entry, from one funder (empty: the operator). Only `remaining` ever changes."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="lots", verbose_name=_("entry"))
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="lots", db_index=False, verbose_name=_("member"))
    source = models.CharField(_("source"), max_length=8, choices=LotSource)
    funder = models.ForeignKey(Partner, null=True, blank=True, on_delete=models.PROTECT, related_name="funded_lots", db_index=False, verbose_name=_("paid by"))
    points = models.BigIntegerField(_("points"))
    remaining = models.BigIntegerField(_("remaining"))
    # The indexes ask for this instead of `remaining`, so that a spend which leaves points changes no index.
    is_open = models.GeneratedField(
        expression=models.Q(remaining__gt=0),  # type: ignore[arg-type]
        output_field=models.BooleanField(),
        db_persist=True,
        verbose_name=_("open"),
    )
    occurred_at = models.DateTimeField(_("occurred"))
    available_at = models.DateTimeField(_("available from"))
    expires_at = models.DateTimeField(_("gone from"), null=True, blank=True)

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        indexes = [
            models.Index(fields=["member", "expires_at", "occurred_at"], condition=models.Q(is_open=True), name="lot_open_by_member"),
            models.Index(fields=["expires_at"], condition=models.Q(is_open=True), name="lot_open_by_expiry"),
            models.Index(fields=["funder", "occurred_at"], name="lot_by_funder"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(points__gt=0), name="lot_points_positive"),
            models.CheckConstraint(condition=models.Q(remaining__gte=0, remaining__lte=models.F("points")), name="lot_remaining_in_bounds"),
            models.CheckConstraint(condition=models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=models.F("available_at")), name="lot_lives"),
        ]

    def __str__(self) -> str:
        return f"{self.remaining}/{self.points}"


class Allocation(models.Model):
    """How many points of a lot a debit consumed; negative where a return gives them back to the lot."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="allocations", verbose_name=_("entry"))
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="allocations", verbose_name=_("lot"))
    points = models.BigIntegerField(_("points"))
    occurred_at = models.DateTimeField(_("occurred"))

    class Meta:
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        indexes = [
            models.Index(fields=["lot"], condition=models.Q(points__lt=0), name="allocation_given_back"),
            models.Index(fields=["occurred_at"], name="allocation_by_time"),
        ]
        constraints = [models.CheckConstraint(condition=~models.Q(points=0), name="allocation_moves_points")]

    def __str__(self) -> str:
        return str(self.points)


class Debt(models.Model):
    """The part of a return's debit that no lot covered yet. `remaining` falls only with an allocation of `entry`."""

    entry = models.OneToOneField(Entry, primary_key=True, on_delete=models.PROTECT, related_name="debt", verbose_name=_("entry"))
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="debts", verbose_name=_("member"))
    points = models.BigIntegerField(_("points"))
    remaining = models.BigIntegerField(_("remaining"))
    occurred_at = models.DateTimeField(_("occurred"))

    class Meta:
        verbose_name = _("debt")
        verbose_name_plural = _("debts")
        indexes = [models.Index(fields=["member"], condition=models.Q(remaining__gt=0), name="debt_open_by_member")]
        constraints = [
            models.CheckConstraint(condition=models.Q(points__gt=0), name="debt_points_positive"),
            models.CheckConstraint(condition=models.Q(remaining__gte=0, remaining__lte=models.F("points")), name="debt_remaining_in_bounds"),
        ]

    def __str__(self) -> str:
        return f"{self.remaining}/{self.points}"


class Hold(models.Model):
    """Points set aside for a till. Open while its state is open and the clock is before `expires_at`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="holds", verbose_name=_("member"))
    partner = models.ForeignKey(Partner, null=True, blank=True, on_delete=models.PROTECT, related_name="holds", verbose_name=_("partner"))
    points = models.BigIntegerField(_("points"))
    state = models.CharField(_("state"), max_length=16, choices=HoldState, default=HoldState.ACTIVE)
    occurred_at = models.DateTimeField(_("occurred"))
    expires_at = models.DateTimeField(_("lapses"))
    ended_at = models.DateTimeField(_("captured or released"), null=True, blank=True)
    captured_points = models.BigIntegerField(_("captured"), default=0)
    entry = models.OneToOneField(Entry, null=True, blank=True, on_delete=models.PROTECT, related_name="hold", verbose_name=_("entry"))
    key = models.CharField(_("idempotency key"), max_length=120, null=True, blank=True, unique=True)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        indexes = [models.Index(fields=["member", "expires_at"], name="hold_by_member")]
        constraints = [
            models.CheckConstraint(condition=models.Q(points__gt=0), name="hold_points_positive"),
            models.CheckConstraint(condition=models.Q(captured_points__gte=0, captured_points__lte=models.F("points")), name="hold_capture_in_bounds"),
            models.CheckConstraint(condition=models.Q(expires_at__gt=models.F("occurred_at")), name="hold_lives"),
            models.CheckConstraint(
                condition=models.Q(state__in=["captured", "released"], ended_at__isnull=False)
                | models.Q(state__in=["awaiting_member", "active"], ended_at__isnull=True),
                name="hold_end_matches_state",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points} {self.state}"


class HoldPin(models.Model):
    """How many points of which lot a hold sets aside."""

    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, related_name="pins", verbose_name=_("hold"))
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="pins", verbose_name=_("lot"))
    points = models.BigIntegerField(_("points"))

    class Meta:
        verbose_name = _("pinned points")
        verbose_name_plural = _("pinned points")
        constraints = [
            models.CheckConstraint(condition=models.Q(points__gt=0), name="pin_points_positive"),
            models.UniqueConstraint("hold", "lot", name="pin_once_per_lot"),
        ]

    def __str__(self) -> str:
        return str(self.points)
