"""Look-ups of members are limited a key, so that nobody tries card numbers, phones or e-mails in turn."""

from datetime import datetime

from django.conf import settings

from accounts.domain import rate_limit
from accounts.domain.rate_limit import Limit
from loyalty.domain.till import MemberRef
from loyalty.lib.errors import DomainError
from partners.models import ApiKey

_WINDOW = 60


def count_lookup(key: ApiKey, *, now: datetime) -> None:
    """Count one look-up, in every process alike. Call it outside transactions; raises DomainError too_many_lookups (429)."""
    limit = Limit("api.lookup", settings.API_LOOKUPS_A_MINUTE, _WINDOW)
    if not rate_limit.allow((limit,), key=key.prefix, now=now):
        raise DomainError("too_many_lookups", f"This key looks up at most {limit.amount} members a minute.", retry_after=_WINDOW)


def count_if_guessable(ref: MemberRef | None, key: ApiKey, *, now: datetime) -> None:
    """Count a look-up by a name that can be guessed: not a one-time code, and not the partner's own number."""
    if ref is not None and ref.kind not in ("token", "external_id"):
        count_lookup(key, now=now)
