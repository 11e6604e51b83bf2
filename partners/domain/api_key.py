"""API keys of partners: making, checking, rotating with overlap, revoking."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from loyalty.lib.errors import DomainError
from loyalty.lib.rows import Query
from partners.models import ApiKey, Partner
from partners.models.api_key import Scope

# A till that works all day needs no more than one note a minute that it does.
_USE_NOTED_EVERY = timedelta(minutes=1)
# By hand: every call of a till begins with it.
_BY_PREFIX = Query[tuple[ApiKey, Partner]](
    "SELECT :columns key, :columns partner FROM partners_apikey key JOIN partners_partner partner ON partner.id = key.partner_id WHERE key.prefix = %(prefix)s",
    (ApiKey, Partner),
)


def create(*, partner: Partner, name: str, scopes: Sequence[str], expires_at: datetime | None = None, created_by_id: int | None = None) -> tuple[ApiKey, str]:
    """Make a key: (the row, the key itself, which is stored nowhere). Raises DomainError: bad_scopes, bad_name."""
    unknown = sorted(set(scopes) - set(Scope.values))
    if unknown or not scopes:
        raise DomainError("bad_scopes", f"Scopes are one or more of: {', '.join(Scope.values)}.", unknown=unknown)
    if not name.strip() or len(name) > 50:
        raise DomainError("bad_name", "A key's name is 1 to 50 characters.")
    chosen = [scope for scope in Scope.values if scope in scopes]
    key, text = ApiKey.objects.create_key(partner=partner, name=name, scopes=chosen, expiry_date=expires_at, created_by_id=created_by_id)
    assert isinstance(key, ApiKey)
    return key, text


def find(text: str, *, now: datetime) -> ApiKey:
    """The usable key that a text is, with its partner. Raises DomainError: key_unknown, key_revoked, key_expired, partner_inactive.

    Only those who hold a key learn why it is refused.
    """
    prefix = text.partition(".")[0]
    key = _with_prefix(prefix) if len(text) <= 150 and "\0" not in prefix else None
    if key is None or not key.is_valid(text):
        raise DomainError("key_unknown", "There is no such API key.")
    if key.revoked:
        raise DomainError("key_revoked", "This API key has been revoked.")
    if key.expiry_date is not None and key.expiry_date <= now:
        raise DomainError("key_expired", "This API key has expired.")
    if not key.partner.is_active:
        raise DomainError("partner_inactive", "The partner of this API key has left the programme.")
    return key


def _with_prefix(prefix: str) -> ApiKey | None:
    for key, partner in _BY_PREFIX.ask(prefix=prefix).rows():
        key.partner = partner
        return key
    return None


def note_use(key: ApiKey, *, now: datetime) -> None:
    """Remember that a key was used, to the minute."""
    if key.last_used_at is None or key.last_used_at <= now - _USE_NOTED_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lte=now - _USE_NOTED_EVERY)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
        key.last_used_at = now


def rotate(key: ApiKey, *, overlap: timedelta, now: datetime, by_id: int | None = None) -> tuple[ApiKey, str]:
    """Give a key a successor with its scopes and expiry; the old one works on for `overlap`.

    Raises DomainError: key_revoked, key_expired, key_replaced.
    """
    with transaction.atomic():
        key = ApiKey.objects.select_for_update(of=("self",)).select_related("partner").get(pk=key.pk)
        if key.revoked:
            raise DomainError("key_revoked", "A revoked key has no successor; make a new one.")
        if key.expiry_date is not None and key.expiry_date <= now:
            raise DomainError("key_expired", "An expired key has no successor; make a new one.")
        if key.replaced_by_id is not None:
            raise DomainError("key_replaced", "This key has a successor already.")
        fresh, text = create(partner=key.partner, name=key.name, scopes=key.scopes, expires_at=key.expiry_date, created_by_id=by_id)
        ends = now + overlap
        key.expiry_date = ends if key.expiry_date is None else min(key.expiry_date, ends)
        key.replaced_by = fresh
        key.save(update_fields=["expiry_date", "replaced_by"])
        return fresh, text


def revoke(key: ApiKey) -> None:
    """Refuse a key from now on, for good."""
    ApiKey.objects.filter(pk=key.pk).update(revoked=True)
    key.revoked = True
