"""What the quest pages and the level page read."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from loyalty.domain.cabinet import level_page, token_history
from loyalty.domain.cabinet import level_up_to_show as level_moment
from loyalty.domain.levels import mark_level_up_seen
from loyalty.lib.errors import DomainError
from quests.domain.queries.quest_detail import quest_detail
from quests.domain.queries.quest_list import quests_page, tiles
from quests.domain.taking import take
from quests.enums import Period, QuestState, Recurrence, Starts, TriggerKind
from tests.factories.levels import give_tokens, make_ladder
from tests.factories.loyalty import make_member, make_partner, make_programme, moment
from tests.factories.quests import buy, give_back, make_quest

pytestmark = pytest.mark.django_db

NOW = "2026-03-20 12:00"


def states(member_id: int, at: str = NOW) -> dict[str, str]:
    from quests.domain.queries.cards import cards
    from quests.models import Quest

    found = cards(Quest.objects.select_related("min_level", "group").order_by("pk"), member_id, programme=make_programme(), now=moment(at))
    return {card.quest.slug: str(card.state) for card in found}


def test_states_of_quests() -> None:
    make_programme()
    member, partner = make_member(), make_partner()
    make_ladder()
    first = make_quest("done", target=1)
    make_quest("active", target=3)
    make_quest("later", target=1, starts_at=moment("2026-04-01 00:00"), visible_from=moment("2026-03-01 00:00"))
    make_quest("monthly", target=1, recurrence=Recurrence.EVERY_PERIOD, period=Period.MONTH)
    make_quest("over", target=9, ends_at=moment("2026-03-15 00:00"))
    make_quest("taken", target=1, starts=Starts.TAKEN, personal_days=7)
    make_quest("chained", target=2, requires=(first,))
    other = make_quest("never", target=99)
    make_quest("closed", target=1, requires=(other,))
    from tests.factories.levels import make_levels

    make_quest("silver", target=1, min_level=make_levels()[3])
    buy(partner, member.pk, moment("2026-03-10 12:00"))
    assert states(member.pk) == {
        "done": QuestState.DONE,
        "active": QuestState.ACTIVE,
        "later": QuestState.LOCKED,
        "monthly": QuestState.WAITING,
        "over": QuestState.EXPIRED,
        "taken": QuestState.AVAILABLE,
        "chained": QuestState.AVAILABLE,
        "never": QuestState.ACTIVE,
        "closed": QuestState.LOCKED,
        "silver": QuestState.LOCKED,
    }
    assert states(member.pk, "2026-04-02 12:00")["monthly"] == QuestState.AVAILABLE


def test_a_quest_that_is_taken_counts_from_then_on_and_runs_out() -> None:
    programme = make_programme()
    member, partner = make_member(), make_partner()
    make_quest("week", target=2, starts=Starts.TAKEN, personal_days=7)
    buy(partner, member.pk, moment("2026-03-10 12:00"))
    row = take(member.pk, "week", programme=programme, now=moment("2026-03-11 12:00"))
    assert take(member.pk, "week", programme=programme, now=moment("2026-03-12 12:00")).pk == row.pk
    buy(partner, member.pk, moment("2026-03-12 12:00"))
    row.refresh_from_db()
    assert (row.value, row.window_end) == (1, moment("2026-03-19 00:00"))
    assert states(member.pk, "2026-03-19 00:00")["week"] == QuestState.EXPIRED
    with pytest.raises(DomainError, match="only once") as refused:
        take(member.pk, "week", programme=programme, now=moment("2026-03-19 00:00"))
    assert refused.value.code == "quest_taken_before"


def test_the_timeline_tells_what_counted_and_what_a_return_took() -> None:
    programme = make_programme()
    member, stranger, partner = make_member(), make_member(), make_partner()
    make_quest("two", target=2)
    buy(partner, member.pk, moment("2026-03-10 12:00"))
    second = buy(partner, member.pk, moment("2026-03-11 12:00"))
    give_back(partner, member.pk, moment("2026-03-12 12:00"), second)
    detail = quest_detail(member.pk, "two", programme=programme, now=moment(NOW))
    assert detail is not None
    assert [item.kind for item in detail.timeline] == ["taken_back", "return", "completed", "purchase", "purchase"]
    assert (detail.card.value, detail.card.left, detail.card.state) == (1, 1, QuestState.ACTIVE)
    other = quest_detail(stranger.pk, "two", programme=programme, now=moment(NOW))
    assert other is not None
    assert other.timeline == []
    assert quest_detail(member.pk, "nothing", programme=programme, now=moment(NOW)) is None


def test_the_page_lists_groups_what_is_done_and_what_comes() -> None:
    programme = make_programme()
    member, partner = make_member(), make_partner()
    make_quest("one", target=1)
    make_quest("five", target=5, reward_tokens=2)
    make_quest("streak", TriggerKind.WEEKS, target=6)
    buy(partner, member.pk, moment("2026-03-10 12:00"))
    buy(partner, member.pk, moment("2026-03-17 12:00"))
    page = quests_page(member.pk, programme=programme, now=moment(NOW))
    assert [card.quest.slug for group in page.groups for card in group.cards] == ["five"]
    assert [(card.quest.slug, card.value, [cell.filled for cell in card.streak]) for card in page.streaks] == [
        ("streak", 2, [True, True, None, None, None, None])
    ]
    assert ([done.slug for done in page.done], page.done_count, page.done_tokens, page.tokens_underway) == (["one"], 1, 3, 5)
    assert [card.quest.slug for card in tiles(member.pk, programme=programme, now=moment(NOW))] == ["five", "streak"]


def test_a_broken_streak_shows_nothing_done() -> None:
    programme = make_programme()
    member, partner = make_member(), make_partner()
    make_quest("streak", TriggerKind.WEEKS, target=6)
    buy(partner, member.pk, moment("2026-03-01 12:00"))
    detail = quest_detail(member.pk, "streak", programme=programme, now=moment(NOW))
    assert detail is not None
    assert (detail.card.value, detail.card.left) == (0, 6)


def test_the_list_costs_the_same_queries_with_two_quests_and_with_thirty() -> None:
    programme = make_programme()
    member, partner = make_member(), make_partner()
    make_ladder()

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            quests_page(member.pk, programme=programme, now=moment(NOW))
        return len(queries)

    first = make_quest("q0", target=1)
    make_quest("s0", TriggerKind.WEEKS, target=3)
    buy(partner, member.pk, moment("2026-03-17 12:00"))
    before = cost()
    for number in range(1, 15):
        make_quest(f"q{number}", target=number, requires=(first,))
        make_quest(f"s{number}", TriggerKind.WEEKS, target=3)
    buy(partner, member.pk, moment("2026-03-18 12:00"))
    assert cost() == before <= 9


def test_the_level_page_says_where_one_stands_and_what_it_is_worth() -> None:
    programme = make_programme()
    member, partner = make_member(), make_partner()
    make_ladder(window_days=365)
    assert level_page(make_member().pk, programme=programme, now=moment(NOW)).now.level.slug == "copper"  # type: ignore[union-attr]
    give_tokens(member.pk, 23, at=moment("2026-03-01 12:00"), programme=programme)
    buy(partner, member.pk, moment("2026-03-02 12:00"), amount="14400.00", name="big")
    give_back(partner, member.pk, moment("2026-03-03 12:00"), "big", amount="2400.00")
    page = level_page(member.pk, programme=programme, now=moment(NOW))
    assert page is not None
    assert [(step.level.slug, step.state) for step in page.steps] == [("copper", "done"), ("brass", "now"), ("nickel", "next"), ("silver", "far")]
    assert page.next is not None
    assert (page.tokens, page.next.tokens_left) == (23, 7)
    # 12 000 ₽ kept over the year: 1 % is 120 ₽ a year.
    assert (page.percent_a_month, page.worth_a_month) == (10, 10)
    assert (page.since, page.held_through, page.keep_tokens) == (moment("2026-03-01 12:00").date(), moment("2027-02-28 12:00").date(), 0)
    lines = token_history(member.pk, programme=programme)
    assert [(line.tokens, line.undone_on) for line in lines] == [(23, None)]


def test_a_level_up_is_shown_once() -> None:
    programme = make_programme()
    member, stranger = make_member(), make_member()
    make_ladder()
    now = timezone.now()
    assert level_moment(member.pk, programme=programme, now=now) is None
    give_tokens(member.pk, 30, at=now, programme=programme)
    shown = level_moment(member.pk, programme=programme, now=now)
    assert shown is not None
    assert shown.step.level.slug == "nickel"
    assert mark_level_up_seen(stranger.pk, shown.id, now=now) is False
    assert mark_level_up_seen(member.pk, shown.id, now=now) is True
    assert level_moment(member.pk, programme=programme, now=now) is None
