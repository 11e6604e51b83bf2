"""Rates and circuit breakers of providers, agreed on by all processes through the database. Instants are UTC."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q

from accounts.models import ProviderState

# Failures in a row that open the breaker, and how long it then rests: twice as long each time, a quarter of an hour at most.
OPEN_AFTER = 5
FIRST_REST, LONGEST_REST = timedelta(seconds=30), timedelta(minutes=15)
# How far ahead slots may be taken: what one worker sends before it asks again.
_AHEAD = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many messages may leave now; none before `again_at`."""

    many: int
    again_at: datetime


def allow(name: str, *, want: int, per_second: float, now: datetime) -> Allowance:
    """Take up to `want` slots of a provider. `per_second` 0 means no limit of rate. One while the breaker tries again."""
    state, _created = ProviderState.objects.get_or_create(pk=name)
    if state.open_until is not None:
        if state.open_until > now:
            return Allowance(0, state.open_until)
        # Whoever moves the instant on may try, once.
        trial = ProviderState.objects.filter(pk=name, open_until=state.open_until).update(open_until=now + FIRST_REST)
        return Allowance(1 if trial else 0, now + FIRST_REST)
    if not per_second:
        return Allowance(want, now)
    many = max(1, min(want, int(per_second * _AHEAD.total_seconds())))
    gap = timedelta(seconds=many / per_second)
    free = ProviderState.objects.filter(Q(free_at__isnull=True) | Q(free_at__lte=now), pk=name)
    if free.update(free_at=now + gap):
        return Allowance(many, now)
    free_at = ProviderState.objects.values_list("free_at", flat=True).get(pk=name)
    return Allowance(0, free_at or now)


def is_resting(name: str, *, now: datetime) -> bool:
    """Whether the breaker is open: nothing should be tried now."""
    return ProviderState.objects.filter(pk=name, open_until__gt=now).exists()


def succeeded(name: str) -> None:
    """The provider answered sensibly: close the breaker."""
    ProviderState.objects.filter(Q(failures__gt=0) | Q(open_until__isnull=False), pk=name).update(failures=0, open_until=None)


def failed(name: str, *, error: str, now: datetime) -> None:
    """The provider didn't answer, or answered that it can't. Enough of that in a row, by whatever processes, opens the breaker."""
    ProviderState.objects.get_or_create(pk=name)
    ProviderState.objects.filter(pk=name).update(failures=F("failures") + 1, error=error[:200])
    failures = ProviderState.objects.values_list("failures", flat=True).get(pk=name)
    if failures >= OPEN_AFTER:
        rest = min(FIRST_REST * 2 ** min(failures - OPEN_AFTER, 6), LONGEST_REST)
        ProviderState.objects.filter(pk=name).update(open_until=now + rest)
