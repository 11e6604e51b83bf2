"""One order with its returns."""

from datetime import date

import pytest

from loyalty.domain import programme as programmes
from loyalty.domain.cabinet import OrderDetail, order_detail
from loyalty.models import Order
from tests.factories.cabinet import bring_back, buy, make_login
from tests.factories.loyalty import make_partner, make_programme, moment

pytestmark = pytest.mark.django_db


def detail(member_id: int, external_id: str, when: str = "2026-11-28 12:00") -> OrderDetail | None:
    order = Order.objects.get(external_id=external_id)
    return order_detail(member_id, order.pk, zone=programmes.current().zone, now=moment(when))


def test_an_order_shows_its_lines_and_returns() -> None:
    make_programme()
    member, bakery = make_login(), make_partner("bakery", base="10")
    buy(member, bakery, "A", moment("2026-11-25 09:00"), ("Bread", "60.00"), ("Cake", "500.00"))
    bring_back(member, bakery, "R", moment("2026-11-26 09:00"), ("Cake", "500.00"), original="A")
    found = detail(member.pk, "A")
    assert found is not None
    assert [line.name for line in found.operation.lines] == ["Bread", "Cake"]
    assert (found.operation.earned, found.operation.waits_until, found.operation.cancelled) == (56, date(2026, 12, 2), False)
    assert [(one.taken, [line.name for line in one.lines]) for one in found.returns] == [(50, ["Cake"])]


def test_an_order_that_came_back_whole_is_cancelled() -> None:
    make_programme()
    member, bakery = make_login(), make_partner("bakery", base="10")
    buy(member, bakery, "A", moment("2026-11-25 09:00"))
    bring_back(member, bakery, "R", moment("2026-11-26 09:00"), ("Bread", "1000.00"), original="A")
    found = detail(member.pk, "A")
    assert found is not None
    assert found.operation.cancelled


def test_another_members_order_is_unknown() -> None:
    make_programme()
    member, other = make_login(), make_login("boris@example.org")
    buy(other, make_partner("bakery"), "A", moment("2026-11-25 09:00"))
    assert detail(member.pk, "A") is None
