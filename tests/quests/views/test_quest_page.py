"""/quests/<slug>/: what counted, and what a member does there."""

from datetime import datetime

from django.test import Client

from accounts.models import Member
from loyalty.models import Order, Programme
from partners.models import Partner
from quests.enums import ReturnPolicy, Starts
from quests.models import Deed
from tests.factories.cabinet import make_login, signed_in
from tests.factories.loyalty import moment
from tests.factories.quests import buy, give_back, make_quest
from tests.loyalty.views.pages import raw, text

QUESTIONS = {"questions": [{"id": "q1", "text": "Tea or coffee?", "choices": ["Tea", "Coffee"], "right": 1}]}
CODES = {"codes": [{"code": "ZH-17", "title": "Old bridge"}]}


def test_the_timeline_leads_to_orders_and_tells_of_returns(client: Client, member: Member, bakery: Partner) -> None:
    make_quest("two", target=2, starts=Starts.TAKEN)
    client.post("/quests/two/take/")
    buy(bakery, member.pk, moment("2026-11-28 12:00"))
    second = buy(bakery, member.pk, moment("2026-11-28 12:01"))
    page = text(client.get("/quests/two/"))
    assert "completed 28 November" in page
    assert "The quest is completed 28 November, 12:01 3 tokens Bakery 28 November, 12:01 +1 Bakery 28 November, 12:00 +1 You took the quest" in page
    order = Order.objects.get(external_id=second)
    assert f'href="/orders/{order.pk}/"' in raw(client.get("/quests/two/"))
    give_back(bakery, member.pk, moment("2026-11-28 12:02"), second)
    page = text(client.get("/quests/two/"))
    assert "A return took the reward back 28 November, 12:02 −3 tokens Return, Bakery 28 November, 12:02 −1" in page
    assert "1 of 2 · 1 left" in page


def test_anothers_progress_stays_theirs(client: Client, member: Member, bakery: Partner) -> None:
    make_quest("two", target=2)
    buy(bakery, member.pk, moment("2026-11-28 11:00"))
    other = signed_in(make_login("other@example.org", language="en"))
    page = other.get("/quests/two/")
    assert "0 of 2" in text(page)
    assert "/orders/" not in raw(page)
    assert "Your first step will stand here" in text(page)


def test_it_says_how_it_counts(client: Client, bakery: Partner) -> None:
    make_quest("here", "places", target=3, parameters={"partners": [bakery.pk]}, return_policy=ReturnPolicy.KEEP_COMPLETED)
    page = text(client.get("/quests/here/"))
    assert "At Bakery As soon as the till reports the purchase" in page
    assert "What is completed stays completed" in page


def test_where_the_same_counts_once_no_numbers_are_added_up(client: Client, member: Member, bakery: Partner) -> None:
    make_quest("tour", "partners", target=3)
    buy(bakery, member.pk, moment("2026-11-28 11:00"))
    buy(bakery, member.pk, moment("2026-11-28 11:30"))
    page = text(client.get("/quests/tour/"))
    assert "Each partner counts once" in page
    assert "1 of 3 · 2 left" in page
    assert "What has counted Bakery 28 November, 11:30 Bakery 28 November, 11:00" in page


def test_a_code_counts_once_and_a_wrong_one_says_so_at_the_field(client: Client, programme: Programme, now: datetime) -> None:
    make_quest("walk", "code", target=2, parameters=CODES)
    wrong = client.post("/quests/walk/code/", {"code": "ZH-99"})
    assert wrong.status_code == 422
    assert "There is no such code here" in text(wrong)
    assert 'value="ZH-99"' in raw(wrong)
    assert 'aria-invalid="true"' in raw(wrong)
    page = text(client.post("/quests/walk/code/", {"code": "zh 17"}, follow=True))
    assert "The code counts" in page
    assert "1 of 2" in page
    assert "What has counted Old bridge 28 November, 12:00" in page
    assert client.post("/quests/walk/code/", {"code": "ZH17"}).status_code == 422
    assert Deed.objects.count() == 1


def test_codes_cannot_be_guessed_through(client: Client, programme: Programme, now: datetime) -> None:
    make_quest("walk", "code", target=2, parameters=CODES)
    answers = [client.post("/quests/walk/code/", {"code": f"G{n}"}).status_code for n in range(11)]
    assert answers == [422] * 10 + [429]


def test_only_the_right_answer_counts(client: Client, programme: Programme, now: datetime) -> None:
    make_quest("quiz", "quiz", target=1, parameters=QUESTIONS)
    page = raw(client.get("/quests/quiz/"))
    assert "Tea or coffee?" in page
    assert "right" not in page.split("Tea or coffee?")[1].split("</form>")[0]
    assert "Choose one of the answers" in text(client.post("/quests/quiz/answer/", {"question": "q1"}))
    page = text(client.post("/quests/quiz/answer/", {"question": "q1", "choice": "1"}, follow=True))
    assert "The answer counts" in page
    assert "completed 28 November" in page


def test_a_wrong_answer_is_said_and_stays(client: Client, programme: Programme, now: datetime) -> None:
    make_quest("quiz", "quiz", target=1, parameters=QUESTIONS)
    assert "That was another answer" in text(client.post("/quests/quiz/answer/", {"question": "q1", "choice": "0"}, follow=True))
    assert "You have done this already" in text(client.post("/quests/quiz/answer/", {"question": "q1", "choice": "1"}))
    assert client.post("/quests/quiz/answer/", {"question": "q9", "choice": "1"}).status_code == 404
    assert client.post("/quests/nothing/answer/", {"question": "q1", "choice": "1"}).status_code == 404
