"""/level/, the level-up and the tile of the home page."""

from datetime import datetime

from django.test import Client

from accounts.models import Member
from loyalty.enums import Measure
from loyalty.models import LevelHistory, Programme
from partners.models import Partner
from tests.factories.cabinet import make_login, signed_in
from tests.factories.levels import give_tokens, make_ladder
from tests.factories.loyalty import moment
from tests.factories.quests import buy, give_back, make_quest
from tests.loyalty.views.pages import raw, text

LIVE = {"HX-Request": "true"}


def test_the_ladder_has_all_thresholds_and_marks_mine(client: Client, member: Member, programme: Programme, bakery: Partner) -> None:
    make_ladder()
    give_tokens(member.pk, 23, at=moment("2026-11-01 12:00"), programme=programme)
    buy(bakery, member.pk, moment("2026-11-02 12:00"), amount="14400.00", name="big")
    give_back(bakery, member.pk, moment("2026-11-03 12:00"), "big", amount="2400.00")
    response = client.get("/level/")
    page = text(response)
    assert "Медь +0% For everybody from the start Латунь +1% You are here . 12 tokens Мельхиор +2% 30 tokens, 7 tokens to go Серебро +3% 60 tokens" in page
    assert raw(response).count('aria-current="step"') == 1
    # 12 000 kept over the year: a percent is 120 a year, 10 a month.
    assert "What a percent is worth to you ₽10 a month" in page
    assert "Your “Латунь”, +1% ₽10 a month “Мельхиор”, +2% ₽20 a month" in page
    assert "“Латунь” until 31 October 2027 What you have gathered is enough" in page
    assert "Tokens 23 tokens in all, never spent" in page


def test_what_is_missing_to_keep_the_level_is_told_with_its_day(client: Client, member: Member, programme: Programme) -> None:
    make_ladder(window_days=365, validity_days=30)
    give_tokens(member.pk, 10, at=moment("2025-12-05 12:00"), programme=programme)
    give_tokens(member.pk, 3, at=moment("2026-11-10 12:00"), programme=programme)
    page = text(client.get("/level/"))
    assert "“Латунь” until 9 December To keep it longer, gather 9 tokens more. Without that it is “Медь” from 10 December." in page


def test_a_ladder_by_turnover_speaks_of_money(client: Client, member: Member) -> None:
    make_ladder(measure=Measure.TURNOVER, turnover=(0, 10000, 30000, 60000))
    page = text(client.get("/level/"))
    assert "Латунь +1% purchases of ₽10,000, purchases of ₽10,000 to go" in page


def test_a_return_that_takes_the_level_says_so(client: Client, member: Member, bakery: Partner) -> None:
    make_ladder()
    make_quest("big", target=1, reward_tokens=12)
    sale = buy(bakery, member.pk, moment("2026-11-20 12:00"))
    assert "Latest" not in text(client.get("/level/"))
    assert "Латунь +1% You are here" in text(client.get("/level/"))
    give_back(bakery, member.pk, moment("2026-11-21 12:00"), sale)
    page = text(client.get("/level/"))
    assert "Медь +0% You are here" in page
    assert "A return on 21 November took back tokens, and the level with them" in page
    assert "taken back 21 November" in page


def test_a_level_up_is_shown_until_it_was_seen(client: Client, member: Member, programme: Programme, now: datetime) -> None:
    make_ladder(gifts=(0, 0, 100, 0))
    give_tokens(member.pk, 30, at=now, programme=programme)
    shown = text(client.get("/level/"))
    assert "Мельхиор Your new level until 27 November 2027 At all partners +2% A gift 100 points Next" in shown
    assert "Your new level" in text(client.get("/quests/"))
    row = LevelHistory.objects.get(member=member, superseded_at=None)
    stranger = signed_in(make_login("other@example.org"))
    stranger.post("/level/seen/", {"level": row.pk})
    assert "Your new level" in text(client.get("/level/"))
    assert client.post("/level/seen/", {"level": row.pk}, headers=LIVE).status_code == 204
    assert client.post("/level/seen/", {"level": "x"})["Location"] == "/level/"
    assert "Your new level" not in text(client.get("/level/"))


def test_without_levels_and_tokens_it_says_what_comes(client: Client) -> None:
    assert "Levels will appear here" in text(client.get("/level/"))
    make_ladder()
    page = text(client.get("/level/"))
    assert "After your first purchases we will work it out" in page
    assert "Your first token will be here" in page


def test_the_tile_has_the_next_level_and_the_quests_begun(client: Client, member: Member, bakery: Partner, programme: Programme) -> None:
    make_ladder()
    make_quest("five", target=5)
    make_quest("six", target=6)
    make_quest("seven", target=7)
    give_tokens(member.pk, 23, at=moment("2026-10-01 12:00"), programme=programme)
    buy(bakery, member.pk, moment("2026-11-20 12:00"))
    tile = text(client.get("/level/tile/", headers=LIVE))
    assert "Level “Латунь”, +1% To “Мельхиор” 7 tokens It gives +2% at all partners All levels" in tile
    assert "Five 3 tokens 1 of 5 · 4 left" in tile
    assert "Seven" not in tile
    assert client.get("/level/tile/")["Location"] == "/quests/"


def test_home_leads_to_both_without_scripts(client: Client) -> None:
    page = raw(client.get("/"))
    assert 'src="/level/tile/"' in page
    assert "Level and quests All quests What my level gives" in text(client.get("/"))


def test_russian_words(member: Member, programme: Programme, now: datetime) -> None:
    member.user.language = "ru"  # type: ignore[union-attr]
    member.user.save(update_fields=["language"])  # type: ignore[union-attr]
    make_ladder()
    make_quest("two", target=2, ends_at=moment("2026-12-07 00:00"))
    give_tokens(member.pk, 23, at=now, programme=programme)
    client = signed_in(member)
    assert "Мельхиор +2 % 30 жетонов, осталось 7 жетонов" in text(client.get("/level/"))
    page = text(client.get("/quests/"))
    assert "0 из 2 · осталось 2 до 6 декабря" in page
    assert "Уровень «Латунь» 23 жетона" in page
