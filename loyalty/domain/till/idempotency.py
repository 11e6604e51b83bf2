"""The first answer again for a repeated call: stored with its effect in one transaction, for 30 days.

Who claims a key first holds its row until its transaction ends; a second call waits there, at most as long
as the database's lock timeout (3 s), and then finds the answer. A refusal rolls its claim back with everything else.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, OperationalError, connection, transaction

from loyalty.lib import bulk, sql
from loyalty.lib.errors import DomainError
from loyalty.lib.sql import Statement
from loyalty.models import StoredAnswer

KEPT_FOR = timedelta(days=30)
MAX_IDEMPOTENCY_KEY = 200
_TRIES = 3
_PURGE_CHUNK = 5000
# PostgreSQL: serialization failure, deadlock; and a lock that could not be had in time.
_WORTH_REPEATING = {"40001", "40P01"}
_CLAIM = Statement(
    "INSERT INTO loyalty_storedanswer (id, partner_id, fingerprint, created_at, status, body) "
    "VALUES (%(place)s, %(partner)s, %(fingerprint)s, %(now)s, 0, '') ON CONFLICT (id) DO NOTHING RETURNING id"
)
_KEEP = Statement("UPDATE loyalty_storedanswer SET status = %(status)s, body = %(body)s WHERE id = %(place)s")
_LOCK_TIMEOUT = "55P03"


@dataclass(slots=True, frozen=True)
class Answer:
    """An HTTP status below 400 and the JSON text that goes with it."""

    status: int
    body: str


def fingerprint(*, method: str, path: str, body: bytes) -> str:
    """Names what was asked, byte for byte."""
    return hashlib.sha256(b"\0".join([method.encode(), path.encode(), body])).hexdigest()


def answer_once(*, partner_id: int, key: str | None, fingerprint: str, now: datetime, act: Callable[[], Answer]) -> tuple[Answer, bool]:
    """Do `act` in one transaction, or give the answer it gave before: (answer, whether it is a repeat).

    Without a key it is simply done. Deadlocks and rows that somebody else wrote meanwhile are tried again.
    Raises what `act` raises (nothing is stored then), and DomainError: idempotency_key_reused, call_in_flight.
    """
    for left in reversed(range(_TRIES)):
        try:
            with transaction.atomic():
                place = _place(partner_id, key) if key else None
                if place and (known := _claim(place, partner_id=partner_id, fingerprint=fingerprint, now=now)):
                    return known, True
                answer = act()
                if place:
                    sql.fetch(_KEEP.ask(place=_row_id(place), status=answer.status, body=answer.body))
                return answer, False
        except IntegrityError:
            if not left:
                raise
        except OperationalError as error:
            if not left or _sqlstate(error) not in _WORTH_REPEATING:
                raise
    raise AssertionError("unreachable")


def purge_answers(*, now: datetime) -> int:
    """Delete the answers that are older than 30 days, in chunks. Returns how many."""
    deleted = 0
    while chunk := list(StoredAnswer.objects.filter(created_at__lte=now - KEPT_FOR).values_list("pk", flat=True)[:_PURGE_CHUNK]):
        deleted += StoredAnswer.objects.filter(pk__in=bulk.text_set(pk.hex for pk in chunk) if connection.vendor == "sqlite" else chunk).delete()[0]
    return deleted


def _place(partner_id: int, key: str) -> UUID:
    return UUID(bytes=hashlib.sha256(f"{partner_id}\n{key}".encode()).digest()[:16])


def _row_id(place: UUID) -> UUID | str:
    return place if connection.features.has_native_uuid_field else place.hex


def _claim(place: UUID, *, partner_id: int, fingerprint: str, now: datetime) -> Answer | None:
    """Take the key's row, or give the answer that stands in it."""
    try:
        if sql.fetch(_CLAIM.ask(place=_row_id(place), partner=partner_id, fingerprint=fingerprint, now=now))[0]:
            return None
    except OperationalError as error:
        if _sqlstate(error) == _LOCK_TIMEOUT:
            raise DomainError("call_in_flight", "The first call with this Idempotency-Key is still being worked on; ask again.", retry_after=1) from error
        raise
    known = StoredAnswer.objects.get(pk=place)
    if known.created_at <= now - KEPT_FOR:
        StoredAnswer.objects.filter(pk=place).update(fingerprint=fingerprint, created_at=now)
        return None
    if known.fingerprint != fingerprint:
        raise DomainError("idempotency_key_reused", "This Idempotency-Key was used for another call; a new call needs a new key.")
    return Answer(known.status, known.body)


def _sqlstate(error: OperationalError) -> str:
    return getattr(error.__cause__, "sqlstate", None) or ""
