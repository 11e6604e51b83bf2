"""What a day brings: one message a member, with the right sums."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache

from accounts.domain import consent
from accounts.models import Member, Message
from accounts.models.consent import ConsentKind
from accounts.models.notification import Channel
from loyalty.domain import ledger
from loyalty.domain import programme as programmes
from loyalty.domain.ledger import member_balance
from loyalty.domain.outreach import reminders
from loyalty.enums import EntryKind, LotSource
from loyalty.models import Debt, Entry, Lot, Order
from partners.models import Outlet, Partner, Terms
from tests.accounts.notifications.cast import make_reachable, only
from tests.factories.loyalty import make_partner, moment

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)  # 9:30 in Moscow


def lot(member: Member, points: int, *, gone: str, available: str = "2026-01-01 00:00", bought: str = "2025-12-20 12:00") -> Lot:
    """Points that begin and end at given instants."""
    entry = Entry.objects.create(member=member, kind=EntryKind.ACCRUAL, points=points, occurred_at=moment(bought))
    return Lot.objects.create(
        entry=entry,
        member=member,
        source=LotSource.BASE,
        points=points,
        remaining=points,
        occurred_at=moment(bought),
        available_at=moment(available),
        expires_at=moment(gone),
    )


def run(now: datetime = MORNING) -> dict[str, int]:
    cache.clear()
    return reminders.send_reminders(now=now)


def test_many_lots_are_one_message_with_the_right_sums() -> None:
    member = make_reachable()
    for n in range(40):
        # 30 days on: 40 lots of 1 to 40; a week on: 40 of 2; one on another day within the window; one beyond.
        lot(member, n + 1, gone="2026-04-01 00:00")
        lot(member, 2, gone="2026-03-09 00:00")
    lot(member, 7, gone="2026-03-20 00:00")
    lot(member, 1000, gone="2026-04-02 00:00")
    assert run()["expiring"] == run()["expiring"] == 1
    message = only(member, Channel.INBOX)
    assert Message.objects.filter(scenario="points_expiring", channel="inbox").count() == 1
    total = 40 * 41 // 2 + 80 + 7
    assert message.title == f"Скоро сгорят: {total}\u00a0баллов"
    assert message.rows == [
        ["9\u00a0марта\u00a02026", "80\u00a0баллов"],
        ["20\u00a0марта\u00a02026", "7\u00a0баллов"],
        ["1\u00a0апреля\u00a02026", "820\u00a0баллов"],
    ]
    assert sum(member_balance(member.pk, programme=programmes.current(), at=MORNING).expiring_by_date.values()) == total


@pytest.mark.parametrize(
    ("gone", "notified"), [("2026-04-01", 1), ("2026-03-31", 0), ("2026-03-09", 1), ("2026-03-10", 0), ("2026-03-03", 1), ("2026-03-04", 0)]
)
def test_reminders_come_30_7_and_1_days_before(gone: str, notified: int) -> None:
    lot(make_reachable(), 50, gone=f"{gone} 00:00")
    assert run()["expiring"] == notified


def test_what_is_spent_already_is_not_reminded_of() -> None:
    member = make_reachable()
    mine = lot(member, 50, gone="2026-04-01 00:00")
    Lot.objects.filter(pk=mine.pk).update(remaining=0)
    lot(member, 60, gone="2026-05-01 00:00")
    assert run()["expiring"] == 0


def test_who_owes_points_is_not_reminded() -> None:
    member = make_reachable()
    lot(member, 50, gone="2026-04-01 00:00")
    entry = Entry.objects.create(member=member, kind=EntryKind.RETURN_ACCRUAL, points=-70, occurred_at=MORNING)
    Debt.objects.create(entry=entry, member=member, points=70, remaining=70, occurred_at=MORNING)
    assert run()["expiring"] == 0


def test_the_nearest_places_to_spend_are_listed() -> None:
    member = make_reachable()
    shops = {slug: make_partner(slug) for slug in ("near", "far", "closed")}
    Terms.objects.filter(partner=shops["closed"]).update(spendable_pct=Decimal(0))
    places = {slug: place(partner, lat) for (slug, partner), lat in zip(shops.items(), (55.751, 59.9, 55.7505), strict=True)}
    Order.objects.create(
        partner=shops["near"],
        external_id="1",
        member=member,
        outlet=places["near"],
        terms=Terms.objects.get(partner=shops["near"]),
        occurred_at=moment("2026-02-01 12:00"),
        total=100,
        eligible=100,
        content_hash="x",
    )
    lot(member, 50, gone="2026-04-01 00:00")
    run()
    assert [row[0] for row in only(member, Channel.EMAIL).rows][1:] == ["Near", "Far"]


def place(partner: Partner, lat: float) -> Outlet:
    return Outlet.objects.create(
        partner=partner, external_id=partner.slug, name=partner.name, address=f"{partner.slug} street", city="Москва", country="RU", lat=lat, lng=37.6
    )


def test_points_that_waited_are_told_on_their_day() -> None:
    member = make_reachable()
    lot(member, 24, gone="2027-01-01 00:00", available="2026-03-02 00:00", bought="2026-02-23 12:00")
    lot(member, 40, gone="2027-01-01 00:00", available="2026-03-02 00:00", bought="2026-02-23 15:00")
    lot(member, 99, gone="2027-01-01 00:00", available="2026-03-03 00:00", bought="2026-02-24 15:00")
    assert run()["available"] == 1
    assert only(member, Channel.INBOX).title == "Стали доступны: 64\u00a0балла"
    run(MORNING + timedelta(days=1))
    assert Message.objects.filter(scenario="points_available", channel="inbox").count() == 2


def test_points_that_a_till_holds_are_not_told_as_available() -> None:
    member, all_held = make_reachable(), make_reachable()
    for one in (member, all_held):
        lot(one, 24, gone="2027-01-01 00:00", available="2026-03-02 00:00", bought="2026-02-23 12:00")
    ledger.place_hold(member_id=member.pk, points=4, ttl=timedelta(hours=2), now=MORNING - timedelta(hours=1))
    ledger.place_hold(member_id=all_held.pk, points=24, ttl=timedelta(hours=2), now=MORNING - timedelta(hours=1))
    assert run()["available"] == 1
    assert only(member, Channel.INBOX).title == "Стали доступны: 20\u00a0баллов"


def test_nothing_is_told_before_nine() -> None:
    lot(make_reachable(), 50, gone="2026-04-01 00:00")
    assert run(MORNING - timedelta(hours=1)) == {}


@pytest.mark.parametrize(
    ("born", "today", "notified"),
    [((2, 29), date(2026, 2, 28), 1), ((2, 29), date(2028, 2, 28), 0), ((2, 29), date(2028, 2, 29), 1), ((3, 2), date(2026, 3, 2), 1)],
)
def test_a_birthday_comes_once_a_year(born: tuple[int, int], today: date, notified: int) -> None:
    member = make_reachable(birth_month=born[0], birth_day=born[1], first_name="Мария")
    now = datetime(today.year, today.month, today.day, 6, 30, tzinfo=UTC)
    run(now)
    run(now)
    assert Message.objects.filter(scenario="birthday", channel="inbox").count() == notified
    if notified:
        assert only(member, Channel.INBOX).title == "С днём рождения, Мария"


def orders(member: Member, *days: int) -> None:
    """Purchases so many days before the morning."""
    partner = Partner.objects.filter(slug="bakery").first() or make_partner("bakery")
    for n in days:
        Order.objects.create(
            partner=partner,
            external_id=f"{member.pk}-{n}",
            member=member,
            terms=Terms.objects.get(partner=partner),
            occurred_at=MORNING - timedelta(days=n, hours=1),
            total=100,
            eligible=100,
            content_hash="x",
        )


@pytest.mark.parametrize(
    ("days", "notified"),
    [
        ((40, 30, 20), 1),  # every 10 days: missed after 20
        ((38, 28, 18), 0),  # two days too early
        ((60, 30, 5), 0),
        ((43, 33, 23, 24), 0),  # the time came more than three days ago
        ((17, 16, 14), 1),  # every day or two: not before two weeks
        ((40, 20), 0),  # two purchases make no habit
    ],
)
def test_we_miss_who_stays_away_longer_than_usual(days: tuple[int, ...], notified: int) -> None:
    member = make_reachable()
    ledger.grant(member_id=member.pk, kind=EntryKind.ADJUSTMENT, points=640, programme=programmes.current(), now=MORNING - timedelta(days=90), key="g")
    consent.record(member=member, kind=ConsentKind.MARKETING, given=True, version="1", source="test", at=MORNING)
    orders(member, *days)
    run()
    run(MORNING + timedelta(hours=2))
    assert Message.objects.filter(scenario="miss_you", channel="inbox").count() == notified


def test_a_run_that_was_stopped_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminders, "_CHUNK", 2)
    for _ in range(5):
        lot(make_reachable(), 50, gone="2026-04-01 00:00")
    cache.clear()
    turns: list[Any] = []

    def twice() -> bool:
        turns.append(None)
        return len(turns) % 3 != 0

    for _ in range(4):
        reminders.send_reminders(now=MORNING, keep_on=twice)
    assert Message.objects.filter(scenario="points_expiring", channel="inbox").count() == 5
