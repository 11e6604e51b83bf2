"""The one door to tokens: given and taken back, never spent. Levels follow in the same transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from loyalty.domain import events
from loyalty.domain.levels import history
from loyalty.enums import EventKind, TokenKind
from loyalty.lib import bulk, sql
from loyalty.lib.errors import DomainError
from loyalty.lib.sql import Statement
from loyalty.models import Programme, TokenEntry

_COLUMNS = ("member", "kind", "tokens", "occurred_at", "created_at", "key", "reverses", "reference", "title", "title_en", "actor", "reason")

_KNOWN = Statement("SELECT key, id FROM loyalty_tokenentry WHERE key :texts keys")
_WORDS = ("reference", "title", "title_en", "actor_id", "reason")


@dataclass(slots=True, frozen=True)
class TokenPosting:
    """Tokens to give (or, below 0, to take) as of `occurred_at`. `key` makes a repeat harmless.

    `undoes` is the key of an entry that is undone from `occurred_at` on; dated as that entry, it makes it void.
    `silent`: a correction of dates, which is no news to anybody.
    """

    member_id: int
    tokens: int
    occurred_at: datetime
    key: str
    kind: TokenKind = TokenKind.QUEST
    undoes: str | None = None
    reference: str = ""
    title: str = ""
    title_en: str = ""
    actor_id: int | None = None
    reason: str = ""
    silent: bool = False


def post_tokens(postings: Sequence[TokenPosting], *, programme: Programme, now: datetime) -> int:
    """Write tokens that aren't known yet, their events and the levels they change. Returns how many entries are new.

    Call it in a transaction that excludes others from these keys. A constant number of queries. Raises DomainError unknown_token_entry.
    """
    keys = {posting.key for posting in postings} | {posting.undoes for posting in postings if posting.undoes}
    known: dict[str | None, int] = dict(sql.fetch(_KNOWN.ask(keys=sorted(keys)))[0]) if keys else {}
    given = {posting.key: posting for posting in postings if posting.key not in known}
    new: list[TokenPosting] = []
    for some in ([one for one in given.values() if not one.undoes], [one for one in given.values() if one.undoes]):
        rows = []
        for one in some:
            if one.undoes and one.undoes not in known:
                raise DomainError("unknown_token_entry", f"There is no token entry {one.undoes}.")
            target = known[one.undoes] if one.undoes else None
            rows.append((one.member_id, one.kind, one.tokens, one.occurred_at, now, one.key, target, *(getattr(one, name) for name in _WORDS)))
        ids = bulk.insert(TokenEntry, _COLUMNS, rows, returning=True)
        known.update(zip((one.key for one in some), ids, strict=True))
        new += some
    if new:
        events.record(
            [
                (
                    EventKind.TOKENS_CREDITED if one.tokens > 0 else EventKind.TOKENS_TAKEN_BACK,
                    one.member_id,
                    one.occurred_at,
                    {"entry": known[one.key], "tokens": one.tokens, "title": one.title},
                )
                for one in new
                if not one.silent
            ],
            now=now,
        )
        history.recalculate({one.member_id for one in new}, programme=programme, now=now)
    return len(new)


def adjust(*, member_id: int, tokens: int, reason: str, actor_id: int | None, key: str, programme: Programme, now: datetime) -> None:
    """Staff give or take tokens, with a reason. Raises DomainError: reason_missing, tokens_not_whole."""
    if not reason.strip():
        raise DomainError("reason_missing", "Say why the tokens are given or taken.")
    if not tokens:
        raise DomainError("tokens_not_whole", "At least 1 token must be given or taken.")
    with transaction.atomic():
        posting = TokenPosting(member_id, tokens, now, key, kind=TokenKind.ADJUSTMENT, actor_id=actor_id, reason=reason.strip())
        post_tokens([posting], programme=programme, now=now)
