"""`import_orders`: good rows load, bad ones come back with a reason, an unreadable file posts nothing."""

import csv
import gzip
import io
import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from accounts.models import Consent, Member
from loyalty.domain.orders import loading
from loyalty.domain.verify import verify
from loyalty.models import Allocation, Entry, Event, Lot, Order, OrderLine, Return
from partners.models import CustomerNumber, Outlet, Partner
from tests.factories.loyalty import make_card, make_member, make_partner, make_programme, moment

pytestmark = pytest.mark.django_db

HEADER = "order_id,member,occurred_at,amount"
GOOD = "o1,17,2026-03-01 12:00,100.00"
CARD = "2200000000000012"


@pytest.fixture
def partner() -> Partner:
    make_programme()
    return make_partner("bakery")


@pytest.fixture
def load(partner: Partner, tmp_path: Path) -> Callable[..., str]:
    """Import lines (or bytes) as a file; gives what was printed."""

    def run(content: str | bytes, *, name: str = "orders.csv", **options: Any) -> str:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        out = io.StringIO()
        options.setdefault("partner", "bakery")
        call_command("import_orders", path, stdout=out, stderr=io.StringIO(), **options)
        return out.getvalue()

    return run


def rows(*lines: str, header: str = HEADER) -> str:
    return "\n".join([header, *lines]) + "\n"


def nothing_was_posted() -> bool:
    return not (Order.objects.exists() or Return.objects.exists() or Entry.objects.exists() or Member.objects.exists() or Event.objects.exists())


def reasons(path: Path) -> dict[str, str]:
    """order_id → reason"""
    with path.open(encoding="utf-8", newline="") as stream:
        return {row["order_id"]: row["reason"] for row in csv.DictReader(stream)}


def test_rows_of_one_order_id_are_one_order(load: Callable[..., str]) -> None:
    out = load(
        rows(
            "o1,17,2026-03-01 12:00,100.00,sale,,,BREAD,Rye bread,food,2",
            "o2,18,2026-03-01T13:00:00+00:00,5.00,,,,,,,",
            "o1,17,2026-03-01 12:00,50.5,sale,,,MILK,Milk,food,1.5",
            header=HEADER + ",type,original_order_id,outlet,sku,name,category,quantity",
        )
    )
    assert "3 rows: 2 orders and 0 returns recorded, 0 known already, 0 rows rejected." in out
    order = Order.objects.get(external_id="o1")
    assert (order.total, order.points_earned, order.occurred_at) == (Decimal("150.50"), 15, moment("2026-03-01 12:00"))
    lines = list(order.lines.values_list("sku", "name", "category", "quantity", "amount"))
    # Quantity doesn't multiply the amount.
    assert lines == [("BREAD", "Rye bread", "food", 2, Decimal("100.00")), ("MILK", "Milk", "food", Decimal("1.5"), Decimal("50.50"))]
    assert Order.objects.get(external_id="o2").occurred_at == moment("2026-03-01 16:00")  # Moscow is UTC+3
    assert list(verify(now=timezone.now())) == []


def test_returns_are_positive_amounts_and_may_name_their_order(load: Callable[..., str]) -> None:
    header = HEADER + ",type,original_order_id"
    out = load(
        rows(
            "r1,17,2026-03-02 12:00,40.00,return,o1",
            "r2,17,2026-03-02 12:00,10.00,RETURN,",
            "o1,17,2026-03-01 12:00,100.00,Sale,",
            header=header,
        )
    )
    assert "1 orders and 2 returns recorded" in out
    assert Return.objects.get(external_id="r1").order == Order.objects.get(external_id="o1")
    assert Return.objects.get(external_id="r2").order is None


def test_members_are_made_from_unknown_numbers_phones_and_emails(load: Callable[..., str], partner: Partner) -> None:
    load(
        rows(
            "o1,17,2026-03-01 12:00,100.00",
            "o2,+7 916 123-45-67,2026-03-01 12:00,100.00",
            "o3,Anna@Example.org,2026-03-01 12:00,100.00",
            "o4,+79161234567,2026-03-02 12:00,100.00",
            "o5,anna@example.ORG,2026-03-02 12:00,100.00",
            "o6,17,2026-03-02 12:00,100.00",
        )
    )
    assert Member.objects.count() == 3
    assert not Consent.objects.exists()
    assert not Member.objects.filter(user__isnull=False).exists()
    assert {(str(member.phone or ""), member.email, member.orders.count()) for member in Member.objects.all()} == {
        ("", None, 2),
        ("+79161234567", None, 2),
        ("", "anna@example.org", 2),
    }
    assert CustomerNumber.objects.get().number == "17"


def test_a_customer_number_belongs_to_its_partner(load: Callable[..., str]) -> None:
    load(rows(GOOD))
    make_partner("cinema")
    load(rows(GOOD), partner="cinema")
    assert Member.objects.count() == 2


def test_the_partners_own_number_wins_over_what_it_looks_like(load: Callable[..., str], partner: Partner) -> None:
    number_holder, card_holder = make_member(), make_member()
    make_card(card_holder, CARD)
    CustomerNumber.objects.create(partner=partner, number=CARD, member=number_holder)
    load(rows(f"o1,{CARD},2026-03-01 12:00,100.00"))
    assert Order.objects.get().member == number_holder


def test_cards_must_be_known_and_not_blocked(load: Callable[..., str], tmp_path: Path) -> None:
    make_card(make_member(), CARD)
    make_card(make_member(), "2200000000000020", blocked_at=moment("2026-03-02 00:00"), block_reason="lost")
    out = load(
        rows(
            f"o1,{CARD},2026-03-01 12:00,100.00",
            "o2,2200000000000038,2026-03-01 12:00,100.00",
            "o3,2200000000000020,2026-03-03 12:00,100.00",
        ),
        rejects=tmp_path / "rejects.csv",
    )
    assert "1 orders and 0 returns recorded, 0 known already, 2 rows rejected." in out
    assert reasons(tmp_path / "rejects.csv") == {"o2": "the card ••0038 is unknown", "o3": "the card ••0020 is blocked"}
    assert Member.objects.count() == 2


def test_sixteen_digits_with_a_wrong_check_digit_are_a_customer_number(load: Callable[..., str]) -> None:
    load(rows("o1,2200000000000013,2026-03-01 12:00,100.00"))
    assert CustomerNumber.objects.get().number == "2200000000000013"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("o2,17,2026-13-01 12:00,100.00", "occurred_at"),
        ("o2,17,2026-02-30 12:00,100.00", "occurred_at"),
        ("o2,17,yesterday,100.00", "occurred_at"),
        ("o2,17,,100.00", "occurred_at"),
        ("o2,17,01.03.2026 12:00,100.00", "occurred_at"),
        ("o2,17,0001-01-01 00:00,100.00", "occurred_at"),
        ("o2,17,9999-12-31 23:59:59-12:00,100.00", "occurred_at"),
        ("o2,17,2026-03-01 12:00,-100.00", "negative"),
        ("o2,17,2026-03-01 12:00,NaN", "finite"),
        ("o2,17,2026-03-01 12:00,sNaN", "finite"),
        ("o2,17,2026-03-01 12:00,Infinity", "finite"),
        ("o2,17,2026-03-01 12:00,1e20", "too large"),
        ("o2,17,2026-03-01 12:00,1e999999999", "too large"),
        ("o2,17,2026-03-01 12:00,1e-999999999", "2 decimal places"),
        ("o2,17,2026-03-01 12:00," + "9" * 5000, "longer than 64"),
        ("o2,17,2026-03-01 12:00,100.005", "2 decimal places"),
        ("o2,17,2026-03-01 12:00,one hundred", "number"),
        ("o2,17,2026-03-01 12:00,", "number"),
        ('o2,17,2026-03-01 12:00,"100,00"', "number"),
        (",17,2026-03-01 12:00,100.00", "order_id is empty"),
        ("o2,,2026-03-01 12:00,100.00", "member is empty"),
        ("o2,+7 000,2026-03-01 12:00,100.00", "phone"),
        ("o2,anna@nowhere,2026-03-01 12:00,100.00", "e-mail"),
        ("o2,1\x007,2026-03-01 12:00,100.00", "NUL"),
        ("o\x002,17,2026-03-01 12:00,100.00", "NUL"),
        (f"{'x' * 101},17,2026-03-01 12:00,100.00", "longer than 100"),
        (f"o2,{'7' * 65},2026-03-01 12:00,100.00", "longer than 64"),
        ("o2,17,2026-03-01 12:00", "3 columns"),
    ],
)
def test_a_bad_row_is_rejected_with_a_reason_and_the_good_ones_load(row: str, reason: str, load: Callable[..., str], tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    out = load(rows(GOOD, row), rejects=rejects)
    assert "2 rows: 1 orders and 0 returns recorded, 0 known already, 1 rows rejected." in out
    with rejects.open(encoding="utf-8", newline="") as stream:
        header, rejected = list(csv.reader(stream))
    assert header == [*HEADER.split(","), "reason"]
    assert reason in rejected[-1]
    # As it stood; a short row is filled up, so that the reason stands in its column.
    assert rejected[:-1] == [*next(csv.reader([row])), ""][:4]
    assert Order.objects.get().external_id == "o1"


@pytest.mark.parametrize(
    ("header", "row", "reason"),
    [
        ("type", "gift", "neither sale nor return"),
        ("quantity", "NaN", "quantity"),
        ("quantity", "1e30", "quantity"),
        ("quantity", "many", "quantity"),
        ("outlet", "nowhere", "outlet"),
        ("original_order_id", "o0", "original_order_id"),
        ("name", "x" * 301, "longer than 300"),
        ("sku", "x" * 65, "longer than 64"),
        ("name", "a\x00b", "NUL"),
    ],
)
def test_bad_optional_columns(header: str, row: str, reason: str, load: Callable[..., str], tmp_path: Path) -> None:
    load(rows(f"{GOOD},", f"o2,17,2026-03-01 12:00,10.00,{row}", header=f"{HEADER},{header}"), rejects=tmp_path / "rejects.csv")
    assert list(Order.objects.values_list("external_id", flat=True)) == ["o1"]
    assert reason in reasons(tmp_path / "rejects.csv")["o2"]


def test_a_known_outlet_is_kept(load: Callable[..., str], partner: Partner) -> None:
    Outlet.objects.create(partner=partner, external_id="shop-1", name="Shop", address="Street", city="Moscow", country="RU", lat=55, lng=37)
    load(rows(f"{GOOD},shop-1", header=f"{HEADER},outlet"))
    assert Order.objects.get().outlet.external_id == "shop-1"


def test_a_bad_row_takes_its_whole_order_along(load: Callable[..., str], tmp_path: Path) -> None:
    load(rows("o1,17,2026-03-01 12:00,100.00", "o1,17,2026-03-01 12:00,NaN", "o2,17,2026-03-01 12:00,1.00"), rejects=tmp_path / "rejects.csv")
    assert [order.external_id for order in Order.objects.all()] == ["o2"]
    with (tmp_path / "rejects.csv").open(encoding="utf-8", newline="") as stream:
        assert [row[-1] for row in csv.reader(stream)][1:] == ["row 2 of the same order is bad", "amount “NaN” is not a finite number"]


@pytest.mark.parametrize("other", ["o1,18,2026-03-01 12:00,1.00,,", "o1,17,2026-03-01 12:00,1.00,return,", "o1,17,2026-03-01 12:00,1.00,,o0"])
def test_rows_of_one_order_must_agree(other: str, load: Callable[..., str], tmp_path: Path) -> None:
    load(rows(f"{GOOD},,", other, header=f"{HEADER},type,original_order_id"), rejects=tmp_path / "rejects.csv")
    assert nothing_was_posted()


def test_an_order_with_two_time_stamps_happened_at_the_first(load: Callable[..., str]) -> None:
    load(rows("o1,17,2026-03-01 12:01,1.00", "o1,17,2026-03-01 12:00,1.00"))
    assert Order.objects.get().occurred_at == moment("2026-03-01 12:00")


def test_rejected_rows_are_corrected_and_fed_back(load: Callable[..., str], tmp_path: Path) -> None:
    rejects, again = tmp_path / "rejects.csv", tmp_path / "again.csv"
    load(rows(GOOD, "o2,17,2026-03-01 12:00,ten", "o3,17,2026-03-01 12:00,five"), rejects=rejects)
    corrected = rejects.read_text().replace(",ten,", ",10.00,")
    out = load(corrected, rejects=again)
    assert "1 orders and 0 returns recorded, 0 known already, 1 rows rejected." in out
    assert reasons(again) == {"o3": "amount “five” is not a number"}
    # And once more.
    out = load(again.read_text().replace(",five,", ",5.00,"), rejects=rejects)
    assert "1 orders and 0 returns recorded, 0 known already, 0 rows rejected." in out
    assert sorted(Order.objects.values_list("external_id", flat=True)) == ["o1", "o2", "o3"]


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"", "orders.csv", "empty"),
        (b"\xef\xbb\xbf", "orders.csv", "empty"),
        (b"\n", "orders.csv", "empty"),
        (rows(GOOD).encode("utf-16"), "orders.csv", "UTF-8"),
        ((HEADER + "\no1,ж,2026-03-01 12:00,1.00\n").encode("cp1251"), "orders.csv", "UTF-8"),
        (rows(GOOD, "o2,17,2026-03-01 12:00,1.00").encode() + b"o3,\xff\xfe,2026", "orders.csv", "UTF-8"),
        (b"order_id,member,amount\no1,17,100.00\n", "orders.csv", "occurred_at"),
        (b"order_id;member;occurred_at;amount\no1;17;2026-03-01 12:00;100.00\n", "orders.csv", "comma"),
        (b"order_id,member,occurred_at,amount,amount\no1,17,2026-03-01 12:00,1,2\n", "orders.csv", "twice"),
        (rows(GOOD, "o2,17,2026-03").encode()[:-1], "orders.csv", "cut off"),
        (rows(GOOD, "o2").encode()[:-1], "orders.csv", "cut off"),
        (rows(GOOD, 'o2,"17').encode(), "orders.csv", "cut off"),
        (rows(GOOD).encode(), "orders.csv.gz", "gzip"),
        (gzip.compress(rows(GOOD).encode() * 500, mtime=0)[:-9], "orders.csv.gz", "cut off"),
        (gzip.compress(rows(*(f"o{n},17,2026-03-01 12:00,{n}.00" for n in range(5000))).encode(), mtime=0)[:9000], "orders.csv.gz", "cut off"),
        (gzip.compress(rows(GOOD).encode(), mtime=0)[:-8] + b"\x00" * 8, "orders.csv.gz", "gzip"),
        (gzip.compress(rows(GOOD).encode(), mtime=0), "orders.csv", "UTF-8"),
        (b"", "orders.csv.gz", ""),
    ],
)
def test_an_unreadable_file_posts_nothing_and_exits_2(content: bytes, name: str, says: str, load: Callable[..., str], tmp_path: Path) -> None:
    with pytest.raises(CommandError) as refused:
        load(content, name=name, rejects=tmp_path / "rejects.csv")
    assert refused.value.returncode == 2
    assert says in str(refused.value)
    assert nothing_was_posted()
    assert not (tmp_path / "rejects.csv").exists()


def test_a_file_that_is_not_there_exits_2(partner: Partner, tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(CommandError) as refused:
            call_command("import_orders", path, partner="bakery")
        assert refused.value.returncode == 2


def test_an_unknown_partner_is_told(load: Callable[..., str]) -> None:
    with pytest.raises(CommandError, match="There is no partner “nobody”") as refused:
        load(rows(GOOD), partner="nobody")
    assert refused.value.returncode != 0
    assert nothing_was_posted()


@pytest.mark.parametrize(
    "content",
    [
        rows(GOOD).encode(),
        rows(GOOD).encode()[:-1],  # the last line needs no end
        b"\xef\xbb\xbf" + rows(GOOD).encode(),
        rows(GOOD).replace("\n", "\r\n").encode(),
        rows("", GOOD, "", "").encode(),
        b"amount, Member ,note,ORDER_ID,occurred_at\n100.00,17,x,o1,2026-03-01 12:00\n",
        rows('"o1","17","2026-03-01 12:00","100.00"').encode(),
        rows(" o1 , 17 , 2026-03-01 12:00 , 100.00 ").encode(),
        rows("o1,17,2026-03-01T09:00:00Z,100").encode(),
        rows("o1,17,2026-03-01T12:00:00+03:00,1e2").encode(),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_what_a_good_file_may_look_like(content: bytes, packed: bool, load: Callable[..., str]) -> None:
    load(gzip.compress(content) if packed else content, name="orders.csv.gz" if packed else "orders.csv")
    order = Order.objects.get()
    assert (order.external_id, order.total, order.occurred_at) == ("o1", Decimal("100.00"), moment("2026-03-01 12:00"))
    assert CustomerNumber.objects.get().number == "17"


def test_quoted_texts_keep_commas_quotes_and_line_ends(load: Callable[..., str]) -> None:
    load(HEADER + ',name\no1,17,2026-03-01 12:00,100.00,"Bread, ""rye""\nsliced"\n')
    assert OrderLine.objects.get().name == 'Bread, "rye"\nsliced'


def test_a_header_alone_is_a_file_without_rows(load: Callable[..., str]) -> None:
    assert "0 rows: 0 orders and 0 returns recorded" in load(HEADER + "\n")
    assert nothing_was_posted()


def test_ignored_columns_are_named(load: Callable[..., str]) -> None:
    assert "Ignored columns: note" in load(rows(GOOD + ",x", header=HEADER + ",note"))


def test_run_twice_changes_nothing(load: Callable[..., str]) -> None:
    content = (
        rows(GOOD, "r1,17,2026-03-02 12:00,40.00", header=HEADER)
        .replace("amount", "amount,type")
        .replace("100.00", "100.00,sale")
        .replace("40.00", "40.00,return")
    )
    load(content)
    before = [list(model.objects.order_by("pk").values()) for model in (Order, Return, Entry, Lot, Allocation, Event, Member)]
    out = load(content)
    assert "0 orders and 0 returns recorded, 2 known already, 0 rows rejected." in out
    assert [list(model.objects.order_by("pk").values()) for model in (Order, Return, Entry, Lot, Allocation, Event, Member)] == before


@pytest.mark.parametrize(
    "row",
    [
        "o1,17,2026-03-01 12:00,100.01,sale",
        "o1,18,2026-03-01 12:00,100.00,sale",
        "o1,17,2026-03-01 12:01,100.00,sale",
        "o1,17,2026-03-01 12:00,100.00,return",
    ],
)
def test_a_known_id_with_another_content_is_rejected(row: str, load: Callable[..., str], tmp_path: Path) -> None:
    load(rows(f"{GOOD},sale", header=f"{HEADER},type"))
    out = load(rows(row, header=f"{HEADER},type"), rejects=tmp_path / "rejects.csv")
    assert "0 orders and 0 returns recorded, 0 known already, 1 rows rejected." in out
    assert "recorded already" in reasons(tmp_path / "rejects.csv")["o1"]
    assert (Order.objects.count(), Return.objects.count(), Entry.objects.count()) == (1, 0, 1)


def test_now_sets_the_recording_time_only(load: Callable[..., str]) -> None:
    load(rows(GOOD), now="2026-04-01T10:00:00+03:00")
    entry = Entry.objects.get()
    assert (entry.occurred_at, entry.created_at) == (moment("2026-03-01 12:00"), moment("2026-04-01 10:00"))
    assert Order.objects.get().created_at == moment("2026-04-01 10:00")
    with pytest.raises(CommandError, match="--now"):
        load(rows(GOOD), now="soon")


def state() -> list[tuple[Any, ...]]:
    return sorted(
        [
            *Entry.objects.values_list("member__customer_numbers__number", "kind", "points", "forgiven", "occurred_at", "key"),
            *Lot.objects.values_list("entry__key", "points", "remaining", "available_at", "expires_at"),
            *Allocation.objects.values_list("entry__key", "lot__entry__key", "points", "occurred_at"),
            *Order.objects.values_list("external_id", "total", "points_earned", "occurred_at"),
            *Return.objects.values_list("external_id", "order__external_id", "points_due", "points_expired"),
        ],
        key=repr,
    )


@pytest.mark.parametrize("chunk", [1000, 7])
def test_rows_in_any_order_and_chunks_of_any_size_give_the_same_state(chunk: int, load: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(11)
    lines = []
    for number in range(80):
        day, member = 1 + number // 4, chance.randrange(6)
        kind = "return" if number % 5 == 4 else "sale"
        original = f"o{chance.randrange(number)}" if kind == "return" and chance.random() < 0.7 else ""
        lines += [f"o{number},{member},2026-03-{day:02} 12:00,{chance.randrange(1, 90000) / 100:.2f},{kind},{original}" for _ in range(chance.randrange(1, 3))]
    header = f"{HEADER},type,original_order_id"
    with transaction.atomic():
        load(rows(*lines, header=header), now="2026-06-01 12:00")
        in_order = state()
        transaction.set_rollback(True)
    chance.shuffle(lines)
    monkeypatch.setattr(loading, "_CHUNK", chunk)
    load(rows(*lines, header=header), now="2026-06-01 12:00")
    shuffled = state()
    assert shuffled == in_order
    assert list(verify(now=timezone.now())) == []


def test_no_bar_is_drawn_where_there_is_no_terminal(partner: Partner, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(rows(GOOD))
    err = io.StringIO()
    call_command("import_orders", path, partner="bakery", stdout=io.StringIO(), stderr=err)
    assert err.getvalue() == ""
