"""Spending at a till: what proves that the member wants it, the member's lock, and how much a day (docs/ledger.md)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.db.models import DateTimeField, Exists, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from accounts.models import Card, Member
from loyalty.domain import ledger
from loyalty.domain.till import codes
from loyalty.enums import EntryKind, HoldState, SpendLock
from loyalty.lib.clock import business_day, start_of_day
from loyalty.lib.errors import DomainError
from loyalty.lib.rows import id_set
from loyalty.models import Entry, Hold, Programme, SpendSettings, UsedSpendToken
from partners.enums import SpendRequires
from partners.models import Partner

UNLOCKED_FOR = timedelta(hours=1)
# A code ends after a minute; this is for looking back.
_KEEP_USED = timedelta(days=1)
_CLEAN_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Proof:
    """How a till named the member: the one-time code, the card number, or anything else (phone, customer number…)."""

    kind: Literal["token", "card", "other"]
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Authorisation:
    """A spend may go on; `awaits_member`: only as a hold that waits for the member. `because` says why it waits."""

    member_id: int
    points: int
    awaits_member: bool
    because: Literal["", "rule", "lock", "threshold", "proof"] = ""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a member allows at an instant. Points; `spent_today` counts open holds too."""

    lock: SpendLock
    open_until: datetime | None
    daily_cap: int
    confirm_above: int | None
    spent_today: int
    has_login: bool
    token_used: bool = False
    card_blocked_at: datetime | None = None

    @property
    def left_today(self) -> int:
        return max(0, self.daily_cap - self.spent_today)


def authorise(
    *,
    member_id: int,
    partner: Partner,
    programme: Programme,
    points: int,
    proof: Proof,
    now: datetime,
    can_wait: bool = True,
    already_authorised: int = 0,
) -> Authorisation:
    """Judge a new spend, and use its code up. Call it in the transaction that holds or spends.

    Locks the member. A repeat (known key or document) must be recognised before; when the spend is refused
    afterwards, roll back: the code stays good. `can_wait` is False where nothing can wait for the member (an order
    without a hold); `already_authorised` counts points that the same transaction authorised but has not written.
    Raises DomainError: points_not_positive, unknown_member, spend_needs_token, token_unknown, token_expired,
    token_used, spend_locked, spend_needs_consent, daily_cap_reached.
    """
    if points <= 0:
        raise DomainError("points_not_positive", "A spend takes at least 1 point.")
    requires = spend_requires(partner, programme)
    token = codes.read_code(proof.token or "", now=now) if proof.kind == "token" else None
    if token and token.member_id != member_id:
        raise DomainError("token_unknown", "This code belongs to another member; scan the code on the phone again.")
    if requires == SpendRequires.TOKEN and token is None:
        raise DomainError("spend_needs_token", "Points are spent with the code from the member's phone; this number only earns.")
    ledger.lock_members({member_id})
    allowed = allowance(member_id, programme=programme, now=now, token_id=token.id if token else None)
    if token and allowed.card_blocked_at is not None and token.issued_at <= allowed.card_blocked_at:
        # A picture of the old card's screen may be in the hands of whoever found or took it.
        raise DomainError("token_expired", "The member's card was blocked after this code was shown; the phone shows a new one.")
    if allowed.token_used:
        raise DomainError("token_used", "This code has served already; the phone shows a new one.")
    if allowed.lock == SpendLock.CLOSED:
        raise DomainError("spend_locked", "The member has closed spending; only the member can open it, on the phone.")
    because = _waits(allowed, requires=requires, points=points, proof=proof)
    if because and not can_wait:
        code = "spend_locked" if because == "lock" else "spend_needs_consent"
        raise DomainError(code, "This spend needs the member's consent on the phone: place a hold, and wait for it.")
    if points + already_authorised > allowed.left_today:
        raise DomainError(
            "daily_cap_reached",
            f"The member spends at most {allowed.daily_cap} points a day; {max(0, allowed.left_today - already_authorised)} are left today.",
            cap=allowed.daily_cap,
            left=max(0, allowed.left_today - already_authorised),
        )
    if token:
        # The member's lock serialises uses of a code; the primary key would refuse a second one in any case.
        UsedSpendToken.objects.create(token_id=token.id, member_id=member_id, used_at=now)
    return Authorisation(member_id, points, awaits_member=bool(because), because=because)


def resolve_token(token: str, now: datetime) -> int:
    """The member whose phone shows this code; it isn't used up. Raises DomainError: token_unknown, token_expired."""
    return codes.read_code(token, now=now).member_id


def spend_requires(partner: Partner, programme: Programme) -> SpendRequires:
    """What a spend at this partner needs: its own rule, or the programme's."""
    return SpendRequires(partner.spend_requires or programme.spend_requires)


def _waits(allowed: Allowance, *, requires: SpendRequires, points: int, proof: Proof) -> Literal["", "rule", "lock", "threshold", "proof"]:
    """Why a spend has to wait for the member's consent; empty if it needn't."""
    if requires == SpendRequires.CONFIRMATION:
        return "rule"
    if allowed.confirm_above is not None and points > allowed.confirm_above:
        return "threshold"
    if proof.kind == "token":
        return ""
    if proof.kind == "other":
        # “The number alone” is the card's: a phone number is no secret.
        return "proof"
    # Without a log-in nobody could open the lock, and plastic is what the rule `card` is for.
    return "lock" if allowed.lock == SpendLock.PHONE and allowed.has_login else ""


def allowance(member_id: int, *, programme: Programme, now: datetime, token_id: int | None = None) -> Allowance:
    """What the member allows, and what they spent this business day, in one query.

    A redemption counts on the day on which it was recorded (a till can't date it back), a hold as long as it is
    open, whenever it was placed: so what is recorded within one day never exceeds the cap.
    """
    day = business_day(now, programme.zone)
    start, end = start_of_day(day, programme.zone), start_of_day(day + timedelta(days=1), programme.zone)
    redeemed = Entry.objects.filter(member=OuterRef("pk"), kind=EntryKind.REDEMPTION, created_at__gte=start, created_at__lt=end)
    held = Hold.objects.filter(member=OuterRef("pk"), expires_at__gt=now, state__in=[HoldState.AWAITING_MEMBER, HoldState.ACTIVE])
    row = (
        Member.objects.filter(pk=member_id)
        .values("user_id", "spend_settings__lock", "spend_settings__open_until", "spend_settings__daily_cap", "spend_settings__confirm_above")
        .annotate(
            redeemed=_total(redeemed),
            held=_total(held),
            token_used=Exists(UsedSpendToken.objects.filter(pk=token_id)) if token_id is not None else Value(False),
            card_blocked_at=_last_block() if token_id is not None else Value(None, output_field=DateTimeField()),
        )
        .get()
    )
    lock, open_until = SpendLock(row["spend_settings__lock"] or SpendLock.PHONE), row["spend_settings__open_until"]
    if open_until is not None and open_until <= now:
        lock, open_until = SpendLock.PHONE, None
    cap = row["spend_settings__daily_cap"]
    return Allowance(
        lock=lock,
        open_until=open_until,
        daily_cap=programme.spend_daily_cap if cap is None else cap,
        confirm_above=row["spend_settings__confirm_above"],
        spent_today=row["held"] - row["redeemed"],
        has_login=row["user_id"] is not None,
        token_used=row["token_used"],
        card_blocked_at=row["card_blocked_at"],
    )


def _last_block() -> Subquery:
    """When a card of the member was blocked last."""
    blocked = Card.objects.filter(member=OuterRef("pk"), blocked_at__isnull=False)
    return Subquery(blocked.order_by("-blocked_at").values("blocked_at")[:1])


def _total(rows: Any) -> Coalesce:
    return Coalesce(Subquery(rows.order_by().values("member").annotate(total=Sum("points")).values("total")), 0)


def spend_settings(member_id: int) -> SpendSettings:
    """The member's settings; the defaults, unsaved, if they never changed any."""
    return SpendSettings.objects.filter(pk=member_id).first() or SpendSettings(member_id=member_id)


def set_spend_lock(member_id: int, lock: SpendLock, *, now: datetime, open_for: timedelta | None = None) -> None:
    """Turn the lock. With `open_for` an open lock closes by itself; no spend passes an older state once this returned."""
    _change(member_id, now=now, lock=lock, open_until=now + open_for if open_for and lock == SpendLock.OPEN else None)


def card_gone(member_id: int, *, now: datetime) -> None:
    """A card was lost or stolen: a lock that was open for spending by card number closes. Call it under the member's lock."""
    SpendSettings.objects.filter(pk=member_id, lock=SpendLock.OPEN).update(lock=SpendLock.PHONE, open_until=None, updated_at=now)


def set_spend_limits(member_id: int, *, daily_cap: int | None, confirm_above: int | None, now: datetime) -> None:
    """Set the cap of a day (None: the programme's) and above how many points to ask (None: never), in points."""
    _change(member_id, now=now, daily_cap=daily_cap, confirm_above=confirm_above)


def _change(member_id: int, *, now: datetime, **values: Any) -> None:
    with transaction.atomic():
        ledger.lock_members({member_id})
        SpendSettings.objects.update_or_create(member_id=member_id, defaults={**values, "updated_at": now})


def holds_awaiting(member_id: int, *, now: datetime) -> list[Hold]:
    """The member's holds that wait for consent, the one that lapses first in front."""
    holds = Hold.objects.filter(member_id=member_id, expires_at__gt=now, state=HoldState.AWAITING_MEMBER)
    return list(holds.select_related("partner").order_by("expires_at", "pk"))


def own_hold(member_id: int, hold_id: UUID) -> Hold | None:
    """The member's own hold; another's is as unknown as one that doesn't exist."""
    return Hold.objects.select_related("partner").filter(Q(member_id=member_id), pk=hold_id).first()


def agree_to_hold(*, member_id: int, hold_id: UUID, now: datetime) -> Hold:
    """The member agrees to a hold; twice changes nothing.

    Raises DomainError: unknown_hold, hold_captured, hold_released, hold_lapsed.
    """
    _require_own(member_id, hold_id)
    return ledger.confirm_hold(hold_id, now=now)


def decline_hold(*, member_id: int, hold_id: UUID, now: datetime) -> Hold:
    """The member declines a hold that waits: its points are free again. What was agreed to stands for the till.

    Raises DomainError: unknown_hold, hold_agreed, hold_captured, hold_released, hold_lapsed.
    """
    _require_own(member_id, hold_id)
    with transaction.atomic():
        ledger.lock_members({member_id})
        if Hold.objects.filter(pk=hold_id, state=HoldState.ACTIVE, expires_at__gt=now).exists():
            raise DomainError("hold_agreed", "The member has agreed to this spend already; the till can release it.")
        return ledger.release_hold(hold_id, now=now)


def clean_used_tokens(*, now: datetime) -> int:
    """Delete codes used more than a day ago, in chunks. Returns how many."""
    deleted = 0
    while True:
        old = list(UsedSpendToken.objects.filter(used_at__lt=now - _KEEP_USED).values_list("pk", flat=True)[:_CLEAN_CHUNK])
        if not old:
            return deleted
        deleted += UsedSpendToken.objects.filter(pk__in=id_set(old)).delete()[0]


def _require_own(member_id: int, hold_id: UUID) -> None:
    if not Hold.objects.filter(member_id=member_id, pk=hold_id).exists():
        raise DomainError("unknown_hold", "There is no such hold.")
