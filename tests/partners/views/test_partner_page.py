"""/partners/<slug>/ : the rate, the terms, the outlets, what was earned; favourite, report, route."""

import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Member
from loyalty.models import Order, Programme
from partners.domain import visits
from partners.models import Favourite, OutletReport, Partner
from tests.factories.cabinet import buy, make_login, many_sales
from tests.factories.loyalty import make_partner, moment
from tests.factories.partners import make_outlet
from tests.loyalty.views.pages import raw, text


def test_the_rate_with_an_example_as_the_till_would_work_it_out(client: Client, bakery: Partner) -> None:
    page = text(client.get("/partners/bakery/"))
    assert "You get from every receipt 10% An order of ₽1,000 brings 100 points base 10%" in page
    assert "Points of a purchase made today come on 5 December." in page
    assert "They can be spent until 4 December 2027." in page
    assert "up to half of an order can be paid with them" in page


def test_the_terms_of_the_partner_override_the_programmes(client: Client, programme: Programme) -> None:
    make_partner("metro", base="2", spendable_pct="0", pending_days=1, exclusions={("category", "x"): "Top-ups earn nothing"})
    page = text(client.get("/partners/metro/"))
    assert "Points of a purchase made today come on 29 November." in page
    assert "Points are earned here and spent at other partners." in page
    assert "Top-ups earn nothing." in page


def test_a_partner_without_terms_has_a_page_too(client: Client, programme: Programme) -> None:
    Partner.objects.create(slug="new", name="New")
    assert "The partner has just joined" in text(client.get("/partners/new/"))


@pytest.mark.parametrize("slug", ["nobody", "closed"])
def test_nobody_and_a_partner_who_left_have_no_page(client: Client, programme: Programme, slug: str) -> None:
    Partner.objects.create(slug="closed", name="Closed", is_active=False)
    assert client.get(f"/partners/{slug}/").status_code == 404


def test_hours_are_told_by_the_outlets_own_clocks(client: Client, bakery: Partner) -> None:
    # Noon in Moscow, Saturday: 19:00 in Vladivostok.
    make_outlet(bakery, lat=43.1, lng=131.9, timezone="Asia/Vladivostok", hours="Mo-Fr 09:00-20:00; Sa 10:00-14:00,15:00-20:30; Su off")
    page = text(client.get("/partners/bakery/"))
    assert "open till 20:30" in page
    assert "Today, Saturday 10:00–14:00, 15:00–20:30 Tomorrow, Sunday closed" in page


def test_the_nearest_outlet_comes_first_and_any_other_can_be_asked_for(client: Client, bakery: Partner) -> None:
    near = make_outlet(bakery, "near", lat=55.760, lng=37.610, address="Near street, 1", phone="8 (800) 555-35-35")
    far = make_outlet(bakery, "far", lat=55.9, lng=37.610, address="Far street, 2")
    client.cookies["place"] = "55.761_37.610"
    page = text(client.get("/partners/bakery/"))
    assert "The nearest outlet Near street, 1 110 m, 1 minute on foot · Москва" in page
    assert "All outlets, 2 Near street, 1 110 m · Москва Far street, 2 15.5 km · Москва" in page
    assert 'href="tel:88005553535"' in raw(client.get("/partners/bakery/"))
    assert "This outlet Far street, 2" in text(client.get(f"/partners/bakery/?outlet={far.pk}"))
    for wrong in ("x", "0", "9" * 30, str(make_outlet(make_partner("chemist")).pk)):
        assert client.get(f"/partners/bakery/?outlet={wrong}").status_code == 404
    assert near.pk != far.pk


@pytest.mark.parametrize("place", ["", "55.760_37.610"])
def test_all_outlets_a_page_at_a_time_each_once(client: Client, bakery: Partner, place: str) -> None:
    for n in range(45):
        make_outlet(bakery, f"{n:02}", lat=55.7 + n % 7 / 100, address=f"Street, {n:02}")
    if place:
        client.cookies["place"] = place
    seen, address = [], "/partners/bakery/"
    while address:
        page = raw(client.get(address, headers={"HX-Request": "true"} if seen else {}))
        seen += re.findall(r'<b><a href="/partners/bakery/[?]outlet=([0-9]+)">', page)
        more = re.search(r'href="([?]after=[^"]+)"', page)
        address = f"/partners/bakery/{more[1]}" if more else ""
    assert len(seen) == len(set(seen)) == 45


def test_what_was_earned_here_before(client: Client, member: Member, bakery: Partner) -> None:
    buy(member, bakery, "A", moment("2026-11-01 12:00"), ("Bread", "640.00"))
    buy(member, bakery, "B", moment("2026-11-27 12:00"), ("Cake", "1000.00"))
    page = text(client.get("/partners/bakery/"))
    assert "2 purchases, 164 points in all" in page
    assert "27 November receipt ₽1,000, 10% +100 until 4 Dec" in page


def test_another_members_purchases_are_not_shown(client: Client, bakery: Partner) -> None:
    other = make_login("other@example.org")
    buy(other, bakery, "A", moment("2026-11-01 12:00"), ("Secret", "777.00"))
    page = text(client.get("/partners/bakery/"))
    assert "Your points here" not in page
    assert "777" not in page


def test_a_favourite_is_marked_and_unmarked_by_a_form(client: Client, member: Member, bakery: Partner) -> None:
    for _twice in range(2):
        assert client.post("/partners/bakery/favourite/", {"mark": "1"})["Location"] == "/partners/bakery/"
    assert Favourite.objects.get().member == member
    assert 'aria-pressed="true"' in raw(client.get("/partners/bakery/"))
    answer = client.post("/partners/bakery/favourite/", {"mark": "0"}, headers={"HX-Request": "true"})
    assert 'aria-pressed="false"' in raw(answer)
    assert not Favourite.objects.exists()
    assert client.get("/partners/bakery/favourite/").status_code == 405


def test_a_report_is_kept_once_and_thanked_for(client: Client, member: Member, bakery: Partner) -> None:
    outlet = make_outlet(bakery)
    for _twice in range(2):
        answer = client.post(f"/partners/outlets/{outlet.pk}/report/", {"kind": "closed", "comment": "Repairs"}, follow=True)
        assert "Thank you. We will check it with the partner." in text(answer)
    assert OutletReport.objects.get().comment == "Repairs"
    assert "Say what happened" in text(client.post(f"/partners/outlets/{outlet.pk}/report/", {"kind": "burnt"}, follow=True))
    assert client.post("/partners/outlets/0/report/", {"kind": "closed"}).status_code == 404


def test_reports_are_limited(client: Client, bakery: Partner) -> None:
    outlets = [make_outlet(bakery, str(n)) for n in range(6)]
    answers = [text(client.post(f"/partners/outlets/{one.pk}/report/", {"kind": "closed"}, follow=True)) for one in outlets]
    assert [("Try again in an hour" in answer) for answer in answers] == [False] * 5 + [True]
    assert OutletReport.objects.count() == 5


@pytest.mark.parametrize(
    ("agent", "leads_to"),
    [
        ("Mozilla/5.0 (Linux; Android 15)", "geo:55.760000,37.610000?q=55.760000,37.610000"),
        ("Mozilla/5.0 (iPhone)", "https://maps.apple.com/?daddr=55.760000,37.610000"),
        ("Mozilla/5.0 (X11; Linux)", "https://www.openstreetmap.org/directions?to=55.760000%2C37.610000"),
    ],
)
def test_the_route_leads_to_the_devices_own_map(visitor: Client, bakery: Partner, agent: str, leads_to: str) -> None:
    outlet = make_outlet(bakery)
    assert visitor.get(f"/partners/outlets/{outlet.pk}/route/", headers={"User-Agent": agent})["Location"] == leads_to


def test_looks_and_route_taps_of_people_are_counted(client: Client, bakery: Partner, now: datetime) -> None:
    outlet = make_outlet(bakery)
    for agent in ("Mozilla/5.0", "Googlebot/2.1"):
        client.get("/partners/bakery/", headers={"User-Agent": agent})
        client.get(f"/partners/outlets/{outlet.pk}/route/", headers={"User-Agent": agent})
    client.get("/partners/bakery/", headers={"Sec-Purpose": "prefetch"})
    client.head("/partners/bakery/")
    today = now.date()
    counted = visits.by_day_and_outlet(bakery.pk, since=today, until=today)
    assert (counted[today, None].views, counted[today, outlet.pk].route_taps) == (1, 1)
    assert sum(count.views + count.route_taps for count in counted.values()) == 2


def test_purchases_lead_to_their_partner(client: Client, member: Member, bakery: Partner) -> None:
    buy(member, bakery, "A", moment("2026-11-01 12:00"))
    assert '<a href="/partners/bakery/">Bakery</a>' in raw(client.get(f"/orders/{Order.objects.get().pk}/"))
    assert 'href="/partners/bakery/">About the partner' in raw(client.get("/history/"))
    Partner.objects.update(is_active=False)
    assert "/partners/bakery/" not in raw(client.get("/history/"))


def test_the_number_of_queries_does_not_grow(client: Client, member: Member, bakery: Partner, now: datetime) -> None:
    make_outlet(bakery)
    buy(member, bakery, "A", moment("2026-11-01 12:00"))
    client.get("/partners/bakery/")
    with CaptureQueriesContext(connection) as few:
        client.get("/partners/bakery/")
    for n in range(2, 30):
        make_outlet(bakery, str(n))
    many_sales(member, bakery, 40, since=now - timedelta(days=200), until=now - timedelta(days=20))
    client.get("/partners/bakery/")
    with CaptureQueriesContext(connection) as many:
        client.get("/partners/bakery/")
    assert len(many) == len(few) <= 32
