"""/quests/."""

from datetime import datetime

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Member
from loyalty.models import Programme
from partners.models import Partner
from quests.enums import Period, Recurrence, Starts
from quests.models import Progress
from tests.factories.levels import make_ladder
from tests.factories.loyalty import moment
from tests.factories.quests import buy, give_back, make_quest
from tests.loyalty.views.pages import raw, text

LIVE = {"HX-Request": "true"}


def test_each_state_says_what_comes_next(client: Client, member: Member, bakery: Partner) -> None:
    make_ladder()
    make_quest("done", target=1, reward_points=150)
    make_quest("active", target=3, ends_at=moment("2026-12-01 00:00"))
    make_quest("later", starts_at=moment("2026-12-01 00:00"), visible_from=moment("2026-11-01 00:00"))
    make_quest("monthly", target=1, recurrence=Recurrence.EVERY_PERIOD, period=Period.MONTH)
    make_quest("over", target=9, ends_at=moment("2026-11-25 00:00"))
    make_quest("chosen", target=1, starts=Starts.TAKEN, personal_days=7)
    make_quest("closed", target=1, requires=(make_quest("never", target=50),))
    buy(bakery, member.pk, moment("2026-11-20 12:00"))
    page = text(client.get("/quests/"))
    assert "Active 3 tokens active 1 of 3 · 2 left until 30 November" in page
    assert "Later 3 tokens later opens on 1 December" in page
    assert "Monthly 3 tokens monthly completed again from 1 December" in page
    assert "Time is over Over 3 tokens over time is over was open until 24 November" in page
    assert "Chosen 3 tokens chosen can be taken 7 days to do it Take the quest : Chosen" in page
    assert "Closed 3 tokens closed opens after “Never”" in page
    assert "Completed 2 times, 6 tokens" in page
    assert "Done 20 November, and 150 points more 3 tokens" in page
    assert "Level “Медь” 6 tokens" in page
    assert "2 quests that you have begun give 6 tokens" in page


def test_money_is_told_as_money_and_drawn_in_percent(client: Client, member: Member, bakery: Partner) -> None:
    make_quest("spend", "amount", target="5000.00")
    buy(bakery, member.pk, moment("2026-11-20 12:00"), amount="1250.00")
    response = client.get("/quests/")
    assert "₽1,250 of ₽5,000 · ₽3,750 left" in text(response)
    assert 'value="25" max="100"' in raw(response)


def test_a_streak_is_drawn_week_by_week(client: Client, member: Member, bakery: Partner) -> None:
    make_quest("weeks", "weeks", target=4)
    buy(bakery, member.pk, moment("2026-11-20 12:00"))
    buy(bakery, member.pk, moment("2026-11-25 12:00"))
    page = text(client.get("/quests/"))
    assert "done 22 Nov done 29 Nov 6 Dec 13 Dec 2 of 4 · 2 left" in page


def test_a_quest_is_taken_by_a_plain_form(client: Client, member: Member, programme: Programme, now: datetime) -> None:
    make_quest("chosen", starts=Starts.TAKEN, personal_days=7)
    response = client.post("/quests/chosen/take/", follow=True)
    assert response.redirect_chain == [("/quests/chosen/", 302)]
    assert "The quest is yours" in text(response)
    assert Progress.objects.get().taken_at == now
    client.post("/quests/chosen/take/")
    assert Progress.objects.count() == 1


def test_what_cannot_be_taken_says_so(client: Client, programme: Programme) -> None:
    make_quest("plain", target=5)
    assert "This quest can't be taken now" in text(client.post("/quests/plain/take/", follow=True))
    assert client.post("/quests/nothing/take/").status_code == 404
    assert client.get("/quests/plain/take/").status_code == 405


def test_the_part_tells_a_script_whether_anything_moved(client: Client, member: Member, bakery: Partner) -> None:
    make_quest("active", target=3)
    make_quest("chosen", starts=Starts.TAKEN)
    whole = raw(client.get("/quests/"))
    part = client.get("/quests/", headers=LIVE)
    assert "<html" not in raw(part)
    assert f'version="{part["ETag"]}"' in whole
    assert client.get("/quests/", headers={**LIVE, "If-None-Match": part["ETag"]}).status_code == 304
    sale = buy(bakery, member.pk, moment("2026-11-28 11:00"))
    moved = client.get("/quests/", headers={**LIVE, "If-None-Match": part["ETag"]})
    assert "1 of 3" in text(moved)
    give_back(bakery, member.pk, moment("2026-11-28 11:30"), sale)
    assert "0 of 3" in text(client.get("/quests/", headers={**LIVE, "If-None-Match": moved["ETag"]}))


def test_without_quests_and_levels_it_says_what_comes(client: Client) -> None:
    assert "The first quests will appear here They give tokens, and tokens raise your level Show the card" in text(client.get("/quests/"))


def test_unpublished_and_future_quests_are_unknown(client: Client, programme: Programme) -> None:
    make_quest("draft", is_published=False)
    make_quest("future", starts_at=moment("2026-12-01 00:00"))
    assert "Draft" not in text(client.get("/quests/"))
    assert client.get("/quests/draft/").status_code == 404
    assert client.get("/quests/future/").status_code == 404


def test_the_page_costs_the_same_with_one_quest_and_with_thirty(client: Client, member: Member, bakery: Partner) -> None:
    make_ladder()
    first = make_quest("q0", target=1, reward_tokens=0, reward_points=5)
    make_quest("q1", target=40, requires=(first,))
    buy(bakery, member.pk, moment("2026-11-20 12:00"))

    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    cost("/quests/")
    before = cost("/quests/"), cost("/quests/q0/")
    for number in range(2, 30):
        make_quest(f"q{number}", target=number, requires=(first,) if number % 2 else (), reward_tokens=0, reward_points=5)
        buy(bakery, member.pk, moment("2026-11-21 12:00"), name=f"more-{number}")
    assert (cost("/quests/"), cost("/quests/q0/")) == before
    assert max(before) <= 24
