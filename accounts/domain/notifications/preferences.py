"""What a member wants to hear, by which way, when and how often. Only what differs from the defaults is stored."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_noop

from accounts.domain import consent
from accounts.domain.notifications import matrix, reach
from accounts.models import Member, NotificationChoice, NotificationSettings
from accounts.models.consent import ConsentKind
from accounts.models.notification import OUTSIDE, Category, Channel, Digest
from loyalty.lib.clock import zone_names
from loyalty.lib.errors import DomainError
from loyalty.lib.rows import id_set

# What a member may ask for at most.
MOST_A_DAY, MOST_A_WEEK = 20, 50


@dataclass(frozen=True, slots=True)
class Preferences:
    """One member's wishes. `timezone` empty: the programme's."""

    choices: Mapping[tuple[str, str], bool] = field(default_factory=dict)
    timezone: str = ""
    is_quiet: bool = True
    quiet_from: time = time(22)
    quiet_until: time = time(8)
    cap_day: int = 2
    cap_week: int = 5
    digest: Digest = Digest.OFF

    def wants(self, category: Category, channel: Channel) -> bool:
        """Whether the member's matrix says yes."""
        return channel == Channel.INBOX or self.choices.get((category, channel), matrix.is_on_by_default(category, channel))

    def zone(self, default: ZoneInfo) -> ZoneInfo:
        """The member's time zone."""
        return ZoneInfo(self.timezone) if self.timezone else default


@dataclass(frozen=True, slots=True)
class Cell:
    """A box of the matrix. `is_on`: what will happen; `is_usable`: the channel's contact is there and confirmed;
    `is_locked`: it can't be switched off as things stand (the last way of a category that can't be silenced)."""

    channel: Channel
    is_on: bool
    is_usable: bool
    is_locked: bool


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A line of the matrix; `needs_consent`: nothing of it leaves until the member agrees to marketing."""

    category: Category
    cells: list[Cell]
    needs_consent: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that /profile/notifications/ shows."""

    rows: list[CategoryRow]
    usable: Mapping[Channel, bool]
    has_consent: bool
    preferences: Preferences


def load(member_ids: Collection[int]) -> dict[int, Preferences]:
    """The preferences of many members, in two queries."""
    choices: dict[int, dict[tuple[str, str], bool]] = {}
    rows = NotificationChoice.objects.filter(member_id__in=id_set(member_ids))
    for member_id, category, channel, is_on in rows.values_list("member_id", "category", "channel", "is_on"):
        choices.setdefault(member_id, {})[category, channel] = is_on
    found = {member_id: Preferences(choices=chosen) for member_id, chosen in choices.items()}
    fields = ("timezone", "is_quiet", "quiet_from", "quiet_until", "cap_day", "cap_week", "digest")
    for row in NotificationSettings.objects.filter(member_id__in=id_set(member_ids)).values("member_id", *fields):
        own: dict[str, Any] = dict(row)
        member_id, digest = own.pop("member_id"), Digest(own.pop("digest"))
        found[member_id] = Preferences(choices.get(member_id, {}), digest=digest, **own)
    return {member_id: found.get(member_id, _DEFAULT) for member_id in member_ids}


def overview(member: Member) -> Overview:
    """The page of preferences, at a constant number of queries."""
    wishes = load([member.pk])[member.pk]
    contacts = reach.load([member.pk]).get(member.pk)
    usable = {channel: contacts is not None and contacts.by(channel) for channel in OUTSIDE}
    rows = []
    for category in Category:
        on = {channel for channel in OUTSIDE if usable[channel] and wishes.wants(category, channel)}
        if category.is_locked and not on:
            on = {channel for channel in matrix.fallback(category) if usable[channel]}
        forced = _last_ways(category, on)
        cells = [Cell(channel, channel in on, usable[channel], channel in forced) for channel in OUTSIDE]
        rows.append(CategoryRow(category, cells, category.is_marketing))
    return Overview(rows, usable, contacts is not None and contacts.has_consent, wishes)


def choose(member: Member, *, category: Category, channel: Channel, is_on: bool, source: str, now: datetime) -> None:
    """Switch one cell. Raises DomainError: last_way (security and service keep one way), unverified (nothing to switch on)."""
    choose_many(member, wanted={(category, channel): is_on}, source=source, now=now)


def choose_many(member: Member, *, wanted: Mapping[tuple[Category, Channel], bool], source: str, now: datetime) -> None:
    """Switch several cells together, all or none. Raises DomainError: last_way, unverified."""
    with transaction.atomic():
        # Two tabs must not switch off the two last ways.
        Member.objects.select_for_update(no_key=True).get(pk=member.pk)
        seen = overview(member)
        on = {row.category: {cell.channel for cell in row.cells if cell.is_on} for row in seen.rows}
        for (category, channel), is_on in wanted.items():
            if is_on and not seen.usable[channel]:
                raise DomainError("unverified", gettext_noop("Confirm the contact first, then switch this on."))
            (on[category].add if is_on else on[category].discard)(channel)
        for category in {category for category, _channel in wanted}:
            if category.is_locked and not on[category] & set(matrix.fallback(category)) and any(seen.usable[way] for way in matrix.fallback(category)):
                raise DomainError("last_way", gettext_noop("One way must stay on: you need to hear about your log-in and our answers."))
        _store(member, wanted, source=source, now=now)


def silence(member: Member, *, category: Category, channel: Channel, source: str, now: datetime) -> None:
    """Switch a cell off without asking whether it is on or the contact is confirmed (a link in a mail). Raises DomainError last_way."""
    if category.is_locked:
        raise DomainError("last_way", gettext_noop("One way must stay on: you need to hear about your log-in and our answers."))
    with transaction.atomic():
        Member.objects.select_for_update(no_key=True).get(pk=member.pk)
        _store(member, {(category, channel): False}, source=source, now=now)


def save_settings(
    member: Member,
    *,
    now: datetime,
    is_quiet: bool,
    quiet_from: time,
    quiet_until: time,
    cap_day: int,
    cap_week: int,
    digest: Digest,
    timezone: str = "",
) -> None:
    """Store when and how often. An empty `timezone` is the programme's. Raises DomainError: bad_timezone, bad_cap, bad_quiet_hours."""
    if timezone and timezone not in zone_names():
        raise DomainError("bad_timezone", gettext_noop("There is no such time zone."))
    if not (0 <= cap_day <= MOST_A_DAY and 0 <= cap_week <= MOST_A_WEEK):
        raise DomainError("bad_cap", gettext_noop("Choose a smaller number."))
    if is_quiet and quiet_from == quiet_until:
        raise DomainError("bad_quiet_hours", gettext_noop("Quiet hours must end at another time than they begin."))
    NotificationSettings.objects.update_or_create(
        member=member,
        defaults={
            "timezone": timezone,
            "is_quiet": is_quiet,
            "quiet_from": quiet_from,
            "quiet_until": quiet_until,
            "cap_day": cap_day,
            "cap_week": cap_week,
            "digest": digest,
            "changed_at": now,
        },
    )


def set_consent(member: Member, *, given: bool, version: str, source: str, now: datetime) -> None:
    """Give or withdraw the consent to marketing: a statement of its own, with version, time and source."""
    consent.record(member=member, kind=ConsentKind.MARKETING, given=given, version=version, source=source, at=now)


_DEFAULT = Preferences()


def _last_ways(category: Category, on: set[Channel]) -> set[Channel]:
    if not category.is_locked:
        return set()
    ways = on & set(matrix.fallback(category))
    return ways if len(ways) == 1 else set()


def _store(member: Member, wanted: Mapping[tuple[Category, Channel], bool], *, source: str, now: datetime) -> None:
    """Write cells, in two statements however many. The member's row is locked."""
    if not wanted:
        return
    cells = Q()
    for category, channel in wanted:
        cells |= Q(category=category, channel=channel)
    NotificationChoice.objects.filter(cells, member=member).delete()
    NotificationChoice.objects.bulk_create(
        NotificationChoice(member=member, category=category, channel=channel, is_on=is_on, source=source, changed_at=now)
        for (category, channel), is_on in wanted.items()
        if is_on != matrix.is_on_by_default(category, channel)
    )
