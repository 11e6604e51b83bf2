"""Members, cards, entries and lots by the million, made set-based by the database itself (PostgreSQL)."""

from typing import Any

from django.db import connection

_MEMBERS = """
INSERT INTO accounts_member (id, first_name, last_name, joined_at, created_at)
SELECT n, 'Member', n::text, now() - interval '3 years', now() FROM generate_series(%(first)s, %(last)s) AS n;
INSERT INTO accounts_card (member_id, number, kind, is_primary, block_reason, created_at)
SELECT n, body || (10 - (SELECT sum(CASE WHEN place %% 2 = 0 THEN digit WHEN digit > 4 THEN 2 * digit - 9 ELSE 2 * digit END)
                         FROM generate_series(1, 15) AS place, LATERAL (SELECT substr(body, place, 1)::int AS digit) AS digits) %% 10) %% 10,
       'virtual', true, '', now()
FROM generate_series(%(first)s, %(last)s) AS n, LATERAL (SELECT '9' || lpad(n::text, 14, '0') AS body) AS bodies;
INSERT INTO floor_account (id, balance) SELECT n, 1000000 FROM generate_series(%(first)s, %(last)s) AS n;
"""
# The newest entry's lot is open and rich enough to be spent from; those before it are used up.
_ENTRIES = """
INSERT INTO loyalty_entry (id, member_id, kind, points, forgiven, occurred_at, created_at, key, reason)
SELECT (n - 1) * %(entries)s + place, n, CASE WHEN place %% 2 = 0 THEN 'redemption' ELSE 'adjustment' END,
       CASE WHEN place = %(entries)s THEN 1000000 WHEN place %% 2 = 0 THEN -100 ELSE 100 END, 0, moment, moment, 'seed:' || n || ':' || place, ''
FROM generate_series(%(first)s, %(last)s) AS n, generate_series(1, %(entries)s) AS place,
     LATERAL (SELECT date_trunc('day', now()) - make_interval(days => 30 * (%(entries)s - place + 1)) AS moment) AS at;
INSERT INTO loyalty_lot (entry_id, member_id, source, points, remaining, occurred_at, available_at, expires_at)
SELECT id, member_id, 'grant', points, CASE WHEN points > 100 THEN points ELSE 0 END, occurred_at, occurred_at, occurred_at + interval '2 years'
FROM loyalty_entry WHERE points > 0 AND member_id BETWEEN %(first)s AND %(last)s;
INSERT INTO loyalty_allocation (entry_id, lot_id, points, occurred_at)
SELECT spent.id, lot.id, 100, spent.occurred_at
FROM loyalty_entry AS spent JOIN loyalty_lot AS lot ON lot.entry_id = spent.id - 1
WHERE spent.points < 0 AND spent.member_id BETWEEN %(first)s AND %(last)s;
INSERT INTO floor_entry (account, kind, points, occurred_at, key)
SELECT n, 'credit', 1000000, now(), 'seed:' || n FROM generate_series(%(first)s, %(last)s) AS n;
INSERT INTO floor_lot (account, entry, points, remaining, expires_at)
SELECT account, id, points, points, now() + interval '1 year' FROM floor_entry WHERE account BETWEEN %(first)s AND %(last)s;
"""
_CHUNK = 100_000


def make(members: int, *, entries: int = 11, start: int = 1) -> None:
    """Add members `start`…`members`, each with a card, `entries` (an uneven number) entries a month apart, and 1 000 000 points to spend."""
    for first in range(start, members + 1, _CHUNK):
        values: dict[str, Any] = {"first": first, "last": min(first + _CHUNK - 1, members), "entries": entries}
        with connection.cursor() as cursor:
            cursor.execute(_MEMBERS, values)
            cursor.execute(_ENTRIES, values)
    vacuum()


def vacuum() -> None:
    """Sequences behind what was given by hand, visibility and statistics as after a quiet night."""
    with connection.cursor() as cursor:
        for table in ("accounts_member", "accounts_card", "loyalty_entry", "loyalty_lot", "loyalty_allocation"):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
        cursor.execute("VACUUM ANALYZE")
