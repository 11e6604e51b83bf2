"""Quests at scale on PostgreSQL: `python -m benchmarks.quests` (starts a server of its own, or uses DATABASE_URL's).

60 active quests of every kind; each run checks that every purchase was counted as often as it should be.
(a) backlog: purchases of many members wait, W workers drain them through the events sweep; (b) one member's purchase,
one event at a time; (c) a new quest is back-filled with every purchase there is.
"""

import argparse
import subprocess
import sys
import time

from benchmarks import harness

CITIES = ("Москва", "Тула", "Казань", "Пермь", "Омск", "Уфа")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--members", type=int, default=4_000)
    parser.add_argument("--orders", type=int, default=20_000, help="purchases that wait")
    parser.add_argument("--history", type=int, default=1_000_000, help="purchases of the past that are back-filled")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--part", choices=["work"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        harness.set_up()
        _work()
        return
    with harness.database():
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        _populate(options.members)
        for run in range(1, options.runs + 1):
            for late in (20, 1):
                rate = _backlog(options, late)
                order = "one in 20 late" if late == 20 else "in any order"
                print(f"run {run}: {options.orders} purchases, {order}, 60 quests, {options.workers} workers: {rate:,.0f} purchases/s", flush=True)
        _single(200)
        if options.history:
            _backfill(options.history)


def _populate(members: int) -> None:
    from decimal import Decimal

    from django.db import connection
    from django.utils import timezone

    from loyalty.domain import programme as programmes
    from partners.models import Category, Outlet, Partner, Terms
    from tests.factories.levels import make_ladder

    programmes.current()
    now = timezone.now()
    categories = [Category.objects.create(slug=f"c{place}", name=f"C{place}") for place in range(6)]
    for place in range(24):
        partner = Partner.objects.create(slug=f"p{place}", name=f"P{place}", category=categories[place % 6])
        Terms.objects.create(partner=partner, valid_from=now.replace(year=2000), base_pct=Decimal(5))
        for number in range(3):
            Outlet.objects.create(
                partner=partner, external_id=str(number), name="o", address="a", city=CITIES[(place + number) % 6], country="RU", lat=55, lng=37
            )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_member (first_name, last_name, birth_day, birth_month, joined_at, created_at) "
            "SELECT '', '', 1 + g %% 28, 1 + g %% 12, now() - interval '2 years', now() FROM generate_series(1, %s) g",
            [members],
        )
    # Tokens raise levels in the same transaction.
    make_ladder(tokens=(0, 6, 20, 60))
    _quests()


def _quests() -> None:
    """60 quests, five of each of twelve kinds; about every third purchase condition is met, as in a real catalogue."""
    from datetime import timedelta
    from decimal import Decimal

    from django.utils import timezone

    from partners.models import Category, Partner
    from quests.enums import Period, Recurrence
    from quests.models import Quest, QuestGroup

    group = QuestGroup.objects.create(slug="g", name="G")
    partners = list(Partner.objects.order_by("pk").values_list("pk", flat=True))
    categories = list(Category.objects.order_by("pk").values_list("pk", flat=True))
    # Named one by one, so that figures stay comparable as kinds are added.
    kinds = (
        "orders", "amount", "large_order", "partners", "places", "outlets", "cities", "weeks", "months", "new_partner", "hours", "points_spent", "birthday",
        "friends",
    )  # fmt: skip
    now = timezone.now()
    for place in range(60):
        kind = kinds[place % len(kinds)]
        parameters: dict[str, object] = {}
        if place >= len(kinds):
            # Most quests name a few partners, a section of the catalogue, or days of the week.
            sort = place % 3
            if sort == 0:
                parameters["partners"] = [partners[(place * 5 + step) % len(partners)] for step in range(3)]
            elif sort == 1:
                parameters["categories"] = [categories[place % len(categories)]]
            else:
                parameters["weekdays"] = [place % 7, (place + 3) % 7]
        if kind == "large_order":
            parameters["at_least"] = "1500.00"
        if kind == "places" and not parameters:
            parameters["categories"] = categories[:2]
        if kind == "hours":
            parameters.update(hour_from=7, hour_to=11)
        Quest.objects.create(
            slug=f"q{place}",
            group=group,
            title=f"Q{place}",
            summary="s",
            trigger=kind,
            parameters=parameters,
            target=Decimal(20_000) if kind == "amount" else Decimal(500) if kind == "points_spent" else Decimal(3 + place % 4),
            starts_at=now - timedelta(days=60),
            recurrence=Recurrence.EVERY_PERIOD if place % 5 == 0 else Recurrence.ONCE,
            period=Period.MONTH if place % 5 == 0 else "",
            reward_tokens=2,
            reward_points=50 if place % 10 == 0 else 0,
            is_published=True,
        )


def _orders(count: int, *, days: int, name: str, events: bool, late: int = 20) -> None:
    """Purchases spread over the members, partners and days, written as the ledger would but without points.

    They come in the order of their dates, but one in `late` comes late (1: all of them come in any order).
    """
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id), count(*) FROM accounts_member")
        first, members = cursor.fetchone()
        cursor.execute("SELECT array_agg(id ORDER BY id) FROM partners_outlet")
        outlets = cursor.fetchone()[0]
        cursor.execute(
            """
            INSERT INTO loyalty_order (partner_id, external_id, member_id, outlet_id, terms_id, occurred_at, created_at, total, discount, paid_with_points,
                                       points_redeemed, eligible, points_earned, explanation, content_hash)
            SELECT outlet.partner_id, %s || g, %s + mod(g::bigint * 7919, %s), outlet.id, terms.id,
                   now() - make_interval(mins => CASE WHEN g %% %s = 0 THEN mod(g::bigint * 104729, %s)
                        ELSE %s - g::bigint * %s / %s END::int), now(), 200 + mod(g * 37, 3000), 0, 0, 0, 200, 0, '{}', ''
              FROM generate_series(1, %s) g
              JOIN partners_outlet outlet ON outlet.id = (%s::bigint[])[1 + mod(g * 31, %s)]
              JOIN partners_terms terms ON terms.partner_id = outlet.partner_id
            """,
            [name, first, members, late, days * 1440, days * 1440, days * 1440, count, count, outlets, len(outlets)],
        )
        if events:
            cursor.execute(
                "INSERT INTO loyalty_event (kind, member_id, occurred_at, created_at, payload) "
                "SELECT 'order_recorded', member_id, occurred_at, now(), jsonb_build_object('order', id, 'partner', partner_id) "
                "FROM loyalty_order WHERE external_id LIKE %s ORDER BY id",
                [f"{name}%"],
            )
        cursor.execute("ANALYZE")


def _backlog(options: argparse.Namespace, late: int) -> float:
    from loyalty.domain import events

    _clear()
    _orders(options.orders, days=30, name="B", events=True, late=late)
    workers = [
        subprocess.Popen([sys.executable, "-m", "benchmarks.quests", "--part", "work"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(options.workers)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    began = time.perf_counter()
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    for worker in workers:
        worker.wait()
    took = time.perf_counter() - began
    if events.behind("quests"):
        sys.exit("purchases are left")
    _check()
    return float(options.orders / took)


def _work() -> None:
    """A worker: sweeps until nothing is left."""
    from django.utils import timezone

    from loyalty.domain import events

    print("ready", flush=True)
    sys.stdin.readline()
    while events.sweep(now=timezone.now(), only="quests").handled or events.behind("quests"):
        pass


def _single(count: int) -> None:
    """One purchase at a time, as they come in on a quiet day: the second to the sixth of members who bought once."""
    from django.db import connection, transaction
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from loyalty.domain import events
    from loyalty.models import Event
    from quests.consumers.progress import advance
    from quests.models import Completion

    _clear()
    _orders(count, days=30, name="F", events=True)
    events.sweep(now=timezone.now(), only="quests")
    with connection.cursor() as cursor:
        # As in a sweep: the commit doesn't wait for the disk.
        cursor.execute("SET synchronous_commit TO off")
    took: dict[str, list[float]] = {}

    def handle(event: Event, name: str = "") -> None:
        before = Completion.objects.count()
        began = time.perf_counter()
        with transaction.atomic():
            advance([event], now=timezone.now())
        spent = (time.perf_counter() - began) * 1000
        took.setdefault(name or ("that completes a quest" if Completion.objects.count() > before else "that completes none"), []).append(spent)

    for further in range(5):
        _orders(count, days=1, name=f"S{further}-", events=True)
        found = list(Event.objects.filter(kind="order_recorded").order_by("-pk")[:count])[::-1]
        for event in found:
            handle(event)
    for event in found:
        handle(event, "repeated, worked out again")
    for name, times in sorted(took.items()):
        times.sort()
        print(f"one purchase {name}: median {times[len(times) // 2]:.2f} ms, 95 % within {times[len(times) * 95 // 100]:.2f} ms ({len(times)})", flush=True)
    with connection.cursor() as cursor:
        cursor.execute("RESET synchronous_commit")
    costs = []
    for size in (1, 50, count):
        with CaptureQueriesContext(connection) as queries, transaction.atomic():
            advance(found[:size], now=timezone.now())
        costs.append(f"{size}: {len(queries)}")
    print(f"queries of a batch of purchases: {', '.join(costs)}", flush=True)


def _backfill(history: int) -> None:
    from django.db import connection
    from django.utils import timezone

    from loyalty.domain import programme as programmes
    from quests.domain.backfill import backfill, dry_run
    from quests.enums import Recurrence
    from quests.models import Progress, Quest, QuestGroup

    _clear()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE quests_quest SET is_published = false")
        cursor.execute("SELECT count(*) FROM accounts_member")
        missing = history // 10 - cursor.fetchone()[0]
        if missing > 0:
            cursor.execute(
                "INSERT INTO accounts_member (first_name, last_name, joined_at, created_at) "
                "SELECT '', '', now() - interval '2 years', now() FROM generate_series(1, %s) g",
                [missing],
            )
    _orders(history, days=360, name="H", events=False)
    quest = Quest.objects.create(
        slug="new",
        group=QuestGroup.objects.get(),
        title="New",
        summary="s",
        trigger="orders",
        target=8,
        starts_at=timezone.now().replace(year=2000),
        recurrence=Recurrence.ONCE,
        reward_tokens=1,
        is_published=True,
    )
    began = time.perf_counter()
    found = dry_run(quest, months=12, programme=programmes.current(), now=timezone.now())
    print(
        f"trial over {history:,} purchases: {time.perf_counter() - began:.1f} s, {found.completed_by} of {found.members} members would have done it", flush=True
    )
    began = time.perf_counter()
    done = backfill(quest.pk, now=timezone.now())
    took = time.perf_counter() - began
    rounds = Progress.objects.filter(quest=quest, rounds=1).count()
    print(f"back-fill of {done.purchases:,} purchases of {done.members:,} members: {took:.1f} s, {rounds} completed")
    if done.purchases != history:
        sys.exit(f"{history} purchases, but {done.purchases} back-filled")


def _check() -> None:
    """Every purchase stands in every quest it belongs to, once."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT (progress_id, order_id)) FROM quests_contribution")
        rows, distinct = cursor.fetchone()
        cursor.execute(
            "SELECT count(DISTINCT order_id) FROM quests_contribution c JOIN quests_progress p ON p.id = c.progress_id "
            "JOIN quests_quest q ON q.id = p.quest_id WHERE q.slug = 'q0'"
        )
        counted = cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM loyalty_order")
        orders = cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM quests_completion WHERE undone_at IS NULL")
        completions = cursor.fetchone()[0]
        # A late purchase moves a completion: its entry is reversed, another has the right date.
        cursor.execute("SELECT count(*) - 2 * count(reverses_id) FROM loyalty_tokenentry")
        entries = cursor.fetchone()[0]
    print(f"  {rows / orders:.1f} contributions a purchase, {completions} completions", flush=True)
    if rows != distinct or counted != orders or completions != entries:
        sys.exit(f"{orders} purchases, {counted} counted in the quest of all; {rows} contributions, {distinct} distinct; {entries} token entries")


def _clear() -> None:
    from django.db import connection

    from loyalty.domain import ledger

    ledger.remove_triggers()
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE loyalty_event, loyalty_backlog, loyalty_consumermark, loyalty_order, loyalty_tokenentry, loyalty_entry, loyalty_lot, "
            "loyalty_levelhistory, quests_contribution, quests_completion, quests_progress RESTART IDENTITY CASCADE"
        )
    ledger.install_triggers()


if __name__ == "__main__":
    main()
