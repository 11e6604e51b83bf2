"""/history/."""

import re
from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Member
from loyalty.domain import ledger
from loyalty.enums import EntryKind, Shortfall
from loyalty.models import Programme
from partners.models import Partner
from tests.factories.cabinet import bring_back, buy, many_sales, signed_in, spend_late
from tests.factories.loyalty import add_terms, make_partner, make_programme, moment
from tests.loyalty.views.pages import raw, text

EMPTY = {
    "credited": "Points that came will be here",
    "pending": "No points are on their way",
    "spent": "Purchases paid with points will be here",
    "returns": "No returns",
    "expired": "Nothing has expired",
}


def test_an_operation_explains_its_points_in_words(client: Client, member: Member) -> None:
    florist = make_partner("florist", base="2.5", exclusions={("category", "gifts"): "gift cards earn nothing"})
    buy(member, florist, "A", moment("2026-11-27 09:00"), ("Roses", "650.00"), discount="40.00")
    page = text(client.get("/history/"))
    assert "Florist +15 27 November, receipt ₽650 waits until 4 Dec" in page
    assert "Roses ₽650 Discount −₽40 Total ₽610" in page
    assert "Base 2.5% paid by Florist +15.25 Rounded down −0.25 Will come on 4 December +15" in page
    assert "What is not spent expires on 4 December 2027." in page


def test_lines_that_earn_nothing_say_why(client: Client, member: Member) -> None:
    florist = make_partner("florist", base="2", exclusions={("category", "gifts"): "gift cards earn nothing"})
    buy(member, florist, "A", moment("2026-11-01 09:00"), ("Gift card", "500.00"), category="Gifts")
    buy(member, florist, "B", moment("2026-11-02 09:00"), ("Roses", "500.00"))
    ledger.grant(member_id=member.pk, kind=EntryKind.WELCOME, points=300, programme=make_programme(), now=moment("2026-10-01 09:00"), key="w")
    buy(member, florist, "C", moment("2026-11-20 09:00"), ("Gift card", "500.00"), category="Gifts", redeem=100)
    page = text(client.get("/history/"))
    assert "Gift card (₽400) earns nothing: gift cards earn nothing." in page
    assert "Nothing was earned 0" in page


def test_a_base_paid_by_the_operator_names_the_programme(client: Client, member: Member, programme: Programme, bakery: Partner) -> None:
    add_terms(bakery, valid_from=moment("2026-01-01 00:00"), base="7", funding="operator")
    buy(member, bakery, "A", moment("2026-11-20 09:00"))
    assert f"Base 7% paid by {programme.name} +70" in text(client.get("/history/"))


def test_a_return_says_what_was_taken_back_and_why(client: Client, member: Member, programme: Programme, bakery: Partner) -> None:
    ledger.grant(member_id=member.pk, kind=EntryKind.WELCOME, points=300, programme=programme, now=moment("2026-11-01 09:00"), key="w")
    buy(member, bakery, "A", moment("2026-11-20 09:00"), ("Bread", "400.00"), ("Cake", "600.00"), redeem=200)
    bring_back(member, bakery, "R", moment("2026-11-21 09:00"), ("Cake", "600.00"), original="A")
    page = text(client.get("/history/?kind=returns"))
    assert "21 November, goods for ₽600 return" in page
    assert "The order earned +80 What is left of it earns 32 To be taken back −48 Spent points given back +120" in page


def test_a_return_of_an_unknown_purchase_says_so(client: Client, member: Member, programme: Programme, bakery: Partner) -> None:
    make_programme(return_shortfall=Shortfall.FORGIVE)
    ledger.grant(member_id=member.pk, kind=EntryKind.WELCOME, points=30, programme=programme, now=moment("2026-11-01 09:00"), key="w")
    bring_back(member, bakery, "R", moment("2026-11-21 09:00"), ("Cake", "600.00"))
    page = text(client.get("/history/?kind=returns"))
    assert "The programme does not know this purchase" in page
    assert "To be taken back −60 Of them forgiven 30" in page


def test_an_expiry_names_the_credit_that_burned(client: Client, member: Member, bakery: Partner) -> None:
    buy(member, bakery, "A", moment("2025-10-01 09:00"))
    ledger.expire_points(now=moment("2026-11-28 00:00"))
    page = text(client.get("/history/?kind=expired"))
    assert "Points ran out −100 8 October expired Of 1 October 2025 Bakery 100 Expired on 8 October −100" in page


def test_a_purchase_that_earned_nothing_says_why(client: Client, member: Member, bakery: Partner) -> None:
    florist = make_partner("florist", base="2", exclusions={("category", "gifts"): "gift cards earn nothing"})
    buy(member, florist, "A", moment("2026-11-04 09:00"), ("Gift card", "500.00"), category="Gifts")
    buy(member, bakery, "B", moment("2026-11-03 09:00"), ("Match", "5.00"))
    buy(member, make_partner("free", base="0"), "C", moment("2026-11-02 09:00"), ("Tea", "50.00"))
    buy(member, bakery, "D", moment("2026-11-01 09:00"), ("Gift", "5.00"), discount="5.00")
    page = text(client.get("/history/"))
    assert "Florist 0 4 November, receipt ₽500 no points" in page
    assert "Points are earned on ₽0. Gift card (₽500) earns nothing: gift cards earn nothing." in page
    assert "Rounded down −0.5 Nothing was earned 0 The purchase was too small for a whole point." in page
    assert "Free 0 2 November, receipt ₽50 no points" in page
    assert "Nothing was earned 0 The partner gave no points for purchases on that day." in page
    assert "Nothing was paid in money, and points are earned on money." in page
    assert "Your points will appear here" not in page
    home = text(client.get("/"))
    assert "Florist 4 November, ₽500 0 no points" in home


def test_a_purchase_that_earned_nothing_in_russian(member: Member) -> None:
    free = make_partner("free", base="0")
    buy(member, free, "A", moment("2026-11-02 09:00"), ("Чай", "50.00"))
    bring_back(member, free, "R", moment("2026-11-03 09:00"), ("Чай", "50.00"), original="A")
    page = text(in_russian(member).get("/history/"))
    assert "без баллов" in page
    assert "Баллов не начислено 0 В этот день партнёр не начислял баллы за покупки." in page
    assert "Баллы не списаны: за эти товары их не начисляли." in page


def test_a_return_of_points_that_had_expired_says_so(client: Client, member: Member, bakery: Partner) -> None:
    buy(member, bakery, "A", moment("2025-10-01 09:00"))
    bring_back(member, bakery, "R", moment("2026-11-21 09:00"), ("Bread", "1000.00"), original="A")
    for shelf in ("all", "returns"):
        page = text(client.get(f"/history/?kind={shelf}"))
        assert "0 21 November, goods for ₽1,000 return" in page
        assert "To be taken back −100 Of them expired before 100" in page
        assert "No points are taken back: those that these goods brought had already expired." in page
    assert "уже сгорело" in text(in_russian(member).get("/history/?kind=returns"))


def test_an_expiry_made_void_says_that_the_points_came_back(client: Client, member: Member, bakery: Partner, now: datetime) -> None:
    buy(member, bakery, "A", moment("2025-10-01 09:00"))
    ledger.expire_points(now=now)
    spend_late(member, bakery, "late", moment("2026-10-01 09:00"), 60, now=now)
    for shelf in ("all", "expired"):
        page = text(client.get(f"/history/?kind={shelf}"))
        assert "Expired points came back +60 8 October came back Of 1 October 2025 Bakery 60 Came back +60" in page
        assert "Expired points came back: a document with an earlier date used them." in page
        assert page.count("Points ran out") == 1
        assert "expired 40" in page
    assert "Expired points came back" not in text(client.get("/history/?kind=credited"))
    russian = in_russian(member)
    page = text(russian.get("/history/?kind=expired"))
    assert "Сгоревшие баллы возвращены +60" in page
    assert "Сгоревшие баллы возвращены: их использовал более ранний документ." in page
    assert "Сгоревшие баллы возвращены 8 октября +60 возвращено" in text(russian.get("/"))


def in_russian(member: Member) -> Client:
    assert member.user is not None
    member.user.language = "ru"
    member.user.save(update_fields=["language"])
    return signed_in(member)


def test_an_adjustment_gives_its_reason(client: Client, member: Member, programme: Programme) -> None:
    ledger.grant(
        member_id=member.pk, kind=EntryKind.ADJUSTMENT, points=50, programme=programme, now=moment("2026-11-01 09:00"), key="a", reason="A till was down"
    )
    assert "Adjustment +50 Reason: A till was down Available at once." in text(client.get("/history/"))


def test_months_are_headed_with_their_sums(client: Client, member: Member, bakery: Partner) -> None:
    buy(member, bakery, "A", moment("2026-10-15 09:00"))
    buy(member, bakery, "B", moment("2026-11-25 09:00"))
    page = text(client.get("/history/"))
    assert page.index("November pending 100") < page.index("October credited 100")


@pytest.mark.parametrize(("shelf", "words"), EMPTY.items())
def test_every_empty_shelf_promises_something(client: Client, member: Member, programme: Programme, bakery: Partner, shelf: str, words: str) -> None:
    if shelf == "credited":
        buy(member, bakery, "A", moment("2026-11-25 09:00"))
    else:
        ledger.grant(member_id=member.pk, kind=EntryKind.WELCOME, points=30, programme=programme, now=moment("2026-11-01 09:00"), key="w")
    assert words in text(client.get(f"/history/?kind={shelf}"))


def test_filters_that_match_nothing_offer_a_way_out(client: Client, member: Member, bakery: Partner) -> None:
    buy(member, bakery, "A", moment("2025-11-25 09:00"))
    page = text(client.get("/history/?partner=bakery&period=2026"))
    assert "Nothing matches these filters" in page


def test_an_empty_history_points_to_the_card(client: Client) -> None:
    page = text(client.get("/history/"))
    assert "Your points will appear here" in page
    assert "Balance by month" not in page


def test_filters_keep_each_other(client: Client, member: Member, bakery: Partner) -> None:
    buy(member, bakery, "A", moment("2026-11-25 09:00"))
    page = raw(client.get("/history/?kind=pending&partner=bakery&period=2026"))
    assert 'href="?kind=spent&partner=bakery&period=2026"' in page
    assert 'href="?partner=bakery&period=2026"' in page
    assert '<input type="hidden" name="kind" value="pending">' in page
    assert '<option value="2026" selected>' in page


def test_unknown_filters_are_no_filters(client: Client, member: Member, bakery: Partner) -> None:
    buy(member, bakery, "A", moment("2026-11-25 09:00"))
    response = client.get("/history/?kind=nonsense&partner=nobody&period=1066&after=zzz")
    assert response.status_code == 200
    assert "Bakery +100" in text(response)


def test_more_leads_through_the_whole_history_as_page_and_as_fragment(client: Client, member: Member, bakery: Partner) -> None:
    many_sales(member, bakery, 45, since=moment("2026-09-01 00:00"), until=moment("2026-11-28 00:00"))
    first = client.get("/history/")
    address = re.search(r'href="(\?after=[^"]+)"', raw(first))
    assert address is not None
    page, fragment = client.get(f"/history/{address[1]}"), client.get(f"/history/{address[1]}", headers={"HX-Request": "true"})
    assert "<html" in raw(page)
    assert "<html" not in raw(fragment)
    assert "HX-Request" in fragment["Vary"]
    assert raw(fragment).count('class="op"') == raw(page).count('class="op"') == 20
    last = re.search(r'href="(\?after=[^"]+)"', raw(fragment))
    assert last is not None
    end = client.get(f"/history/{last[1]}")
    assert raw(end).count('class="op"') == 5
    assert "Show earlier" not in text(end)
    assert "OFFSET" not in " ".join(query["sql"] for query in _queries(client, f"/history/{last[1]}"))


def _queries(client: Client, address: str) -> list[dict[str, str]]:
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    return queries.captured_queries


@pytest.mark.parametrize("shelf", ["all", "credited", "pending", "spent", "returns", "expired"])
def test_the_same_number_of_queries_with_1_and_with_5000_operations(client: Client, member: Member, bakery: Partner, shelf: str) -> None:
    buy(member, bakery, "A", moment("2026-11-27 09:00"))
    one = len(_queries(client, f"/history/?kind={shelf}"))
    many_sales(member, bakery, 4999, since=moment("2023-12-01 00:00"), until=moment("2026-11-27 08:00"))
    many_sales(member, make_partner("free", base="0"), 500, since=moment("2023-12-01 00:00"), until=moment("2026-11-27 08:00"))
    assert len(_queries(client, f"/history/?kind={shelf}")) == one
    assert one <= 22


def test_the_chart_says_the_same_as_its_table(client: Client, member: Member, bakery: Partner) -> None:
    buy(member, bakery, "A", moment("2026-09-15 09:00"))
    buy(member, bakery, "B", moment("2026-10-15 09:00"))
    page = raw(client.get("/history/"))
    assert '<desc id="cd">Sep 100, Oct 200, Nov 200</desc>' in page
    assert "November, so far 0 200 October +100 200 September +100 100" in text(client.get("/history/"))
