"""One-time codes for spending: 60 digits that a phone shows as QR, signed, good for a minute. Pure: no query.

Digits only, because a till's scanner types what it reads, and a keyboard layout must not change it.
A code is one number of 198 bits: a random id, the member (hidden by a mask of that id), the second at which it
ends, and a signature over all of it. Both keys are derived from SECRET_KEY.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils.crypto import constant_time_compare, salted_hmac

from loyalty.lib.errors import DomainError

TTL = timedelta(seconds=60)
DIGITS = 60
_ID, _MEMBER, _TIME, _SIGNATURE = 63, 40, 31, 64
# 31 bits of seconds from here last until 2088.
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SpendToken:
    """A code as shown (`text`) and what it says. It serves once, before `expires_at` (UTC)."""

    text: str
    id: int
    member_id: int
    expires_at: datetime

    @property
    def issued_at(self) -> datetime:
        """When it was shown, to the second below."""
        return self.expires_at - TTL


def issue_code(member_id: int, *, now: datetime) -> SpendToken:
    """A new code for a member, good for at most 60 seconds. Nothing is stored."""
    expires_at = now.replace(microsecond=0) + TTL
    seconds = int((expires_at - _EPOCH).total_seconds())
    token_id = secrets.randbits(_ID)
    body = (token_id << _MEMBER | member_id ^ _mask(token_id)) << _TIME | seconds
    return SpendToken(f"{body << _SIGNATURE | _sign(body):0{DIGITS}d}", token_id, member_id, expires_at)


def read_code(text: str, *, now: datetime) -> SpendToken:
    """What a code says. Raises DomainError: token_unknown (not one of ours, or changed), token_expired."""
    text = text.strip()
    if not (len(text) == DIGITS and text.isascii() and text.isdigit()):
        raise _unknown()
    body, signature = divmod(int(text), 1 << _SIGNATURE)
    if not constant_time_compare(f"{signature:x}", f"{_sign(body):x}"):
        raise _unknown()
    head, seconds = divmod(body, 1 << _TIME)
    token_id, masked = divmod(head, 1 << _MEMBER)
    expires_at = _EPOCH + timedelta(seconds=seconds)
    if expires_at <= now:
        raise DomainError("token_expired", "The code has ended; the phone shows a new one.")
    return SpendToken(text, token_id, masked ^ _mask(token_id), expires_at)


def _unknown() -> DomainError:
    return DomainError("token_unknown", "This is no code of this programme; scan the code on the phone again.")


def _mask(token_id: int) -> int:
    return int.from_bytes(salted_hmac("zheton.spend.member", str(token_id), algorithm="sha256").digest()) >> (256 - _MEMBER)


def _sign(body: int) -> int:
    return int.from_bytes(salted_hmac("zheton.spend.token", str(body), algorithm="sha256").digest()) >> (256 - _SIGNATURE)
