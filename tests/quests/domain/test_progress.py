"""Progress from purchases and returns: traceable, taken back by policy, by the date of the facts."""

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from loyalty.domain import ledger
from loyalty.domain.cabinet import token_history
from loyalty.domain.ledger import member_balance
from loyalty.domain.verify import verify
from loyalty.enums import EntryKind, EventKind
from loyalty.lib.translation import each
from loyalty.models import Entry, Event, TokenEntry
from quests.consumers.progress import advance
from quests.enums import Period, Recurrence, ReturnPolicy, Starts
from quests.models import Completion, Contribution, Progress, Quest
from tests.factories.loyalty import make_member, make_partner, make_programme, moment
from tests.factories.quests import buy, give_back, make_quest

pytestmark = pytest.mark.django_db


def tokens_of(member_id: int) -> int:
    return TokenEntry.objects.filter(member_id=member_id).aggregate(total=Sum("tokens"))["total"] or 0


def test_a_quest_is_completed_by_the_purchase_that_reaches_the_target() -> None:
    make_programme()
    member, partner, quest = make_member(), make_partner(), make_quest(target=2, reward_points=50)
    buy(partner, member.pk, moment("2026-03-01 12:00"))
    progress = Progress.objects.get()
    assert (progress.value, progress.rounds, tokens_of(member.pk)) == (1, 0, 0)
    buy(partner, member.pk, moment("2026-03-02 12:00"))
    progress.refresh_from_db()
    assert (progress.value, progress.rounds, progress.completed_at) == (2, 1, moment("2026-03-02 12:00"))
    assert tokens_of(member.pk) == 3
    assert member_balance(member.pk, programme=make_programme(), at=timezone.now()).available == 50 + 20
    assert Event.objects.get(kind=EventKind.QUEST_COMPLETED).payload["quest"] == quest.pk
    assert list(Contribution.objects.values_list("order__external_id", flat=True).order_by("pk")) == list(
        Contribution.objects.order_by("occurred_at").values_list("order__external_id", flat=True)
    )
    assert Contribution.objects.filter(order__isnull=True).count() == 0


def test_what_is_recorded_does_not_depend_on_the_language_of_whoever_was_there() -> None:
    quest = make_quest(title_ru="Новая линия", title_en="New line", reward_points=50)
    member, partner = make_member(), make_partner()
    with override("en"):
        buy(partner, member.pk, moment("2026-03-01 12:00"))
    payload = Event.objects.get(kind=EventKind.QUEST_COMPLETED).payload
    assert (payload["quest"], payload["title"], payload["titles"]) == (quest.pk, "Новая линия", {"ru": "Новая линия", "en": "New line"})
    assert Entry.objects.get(kind=EntryKind.QUEST).reason == "Новая линия"
    given = TokenEntry.objects.get()
    assert (each(given, "title"), given.title) == ({"ru": "Новая линия", "en": "New line"}, "Новая линия")
    with override("en"):
        assert [line.title for line in token_history(member.pk, programme=make_programme())] == ["New line"]


def test_a_repeat_of_events_changes_nothing() -> None:
    programme = make_programme()
    member, partner = make_member(), make_partner()
    make_quest(target=1, reward_points=50)
    buy(partner, member.pk, moment("2026-03-01 12:00"))
    before = (list(Contribution.objects.values()), list(Completion.objects.values()), TokenEntry.objects.count())
    advance(list(Event.objects.order_by("pk")), now=timezone.now())
    assert (list(Contribution.objects.values()), list(Completion.objects.values()), TokenEntry.objects.count()) == before
    assert member_balance(member.pk, programme=programme, at=timezone.now()).available == 60


@pytest.mark.parametrize(("policy", "rounds", "left"), [(ReturnPolicy.TAKE_BACK, 0, 0), (ReturnPolicy.KEEP_COMPLETED, 1, 3), (ReturnPolicy.IGNORE, 1, 3)])
def test_what_a_return_does_is_the_quests_policy(policy: ReturnPolicy, rounds: int, left: int) -> None:
    programme = make_programme()
    member, partner = make_member(), make_partner(base="0")
    make_quest(target=2, return_policy=policy, reward_points=50)
    buy(partner, member.pk, moment("2026-03-01 12:00"))
    second = buy(partner, member.pk, moment("2026-03-02 12:00"))
    give_back(partner, member.pk, moment("2026-03-03 12:00"), second)
    assert Progress.objects.get().rounds == rounds
    assert tokens_of(member.pk) == left
    assert member_balance(member.pk, programme=programme, at=timezone.now()).available == (50 if rounds else 0)
    assert Event.objects.filter(kind=EventKind.QUEST_TAKEN_BACK).count() == (0 if rounds else 1)
    assert list(verify(now=timezone.now())) == []


def test_points_of_a_completion_undone_that_were_spent_become_debt() -> None:
    programme = make_programme()
    member, partner = make_member(), make_partner(base="0")
    make_quest(target=1, reward_points=50)
    first = buy(partner, member.pk, moment("2026-03-01 12:00"))
    ledger.deduct(member_id=member.pk, points=40, now=timezone.now(), key=None, reason="test", actor_id=None)
    give_back(partner, member.pk, moment("2026-03-03 12:00"), first)
    balance = member_balance(member.pk, programme=programme, at=timezone.now())
    assert (balance.available, balance.debt) == (0, 40)
    assert list(verify(now=timezone.now())) == []


def test_a_further_purchase_completes_again_what_a_return_undid() -> None:
    make_programme()
    member, partner = make_member(), make_partner()
    make_quest(target=1)
    first = buy(partner, member.pk, moment("2026-03-01 12:00"))
    give_back(partner, member.pk, moment("2026-03-03 12:00"), first)
    assert tokens_of(member.pk) == 0
    buy(partner, member.pk, moment("2026-03-05 12:00"))
    completion = Completion.objects.get()
    assert (completion.completed_at, completion.undone_at, completion.version) == (moment("2026-03-05 12:00"), None, 2)
    assert tokens_of(member.pk) == 3


def test_a_partial_return_counts_a_purchase_while_something_of_it_is_kept() -> None:
    make_programme()
    member, partner = make_member(), make_partner()
    make_quest("count", target=1)
    make_quest("amount", "amount", target=100)
    make_quest("large", "large_order", target=1, parameters={"at_least": "80.00"})
    first = buy(partner, member.pk, moment("2026-03-01 12:00"))
    give_back(partner, member.pk, moment("2026-03-03 12:00"), first, amount="15.00")
    values = {row.quest.slug: (row.value, row.rounds) for row in Progress.objects.select_related("quest")}
    assert values == {"count": (1, 1), "amount": (85, 0), "large": (1, 1)}
    give_back(partner, member.pk, moment("2026-03-04 12:00"), first, amount="10.00")
    values = {row.quest.slug: (row.value, row.rounds) for row in Progress.objects.select_related("quest")}
    assert values == {"count": (1, 1), "amount": (75, 0), "large": (0, 0)}


def test_a_late_purchase_counts_by_its_own_date() -> None:
    make_programme()
    member, partner = make_member(), make_partner()
    make_quest(target=2, starts_at=moment("2026-03-01 00:00"), ends_at=moment("2026-04-01 00:00"))
    buy(partner, member.pk, moment("2026-03-20 12:00"))
    buy(partner, member.pk, moment("2026-03-25 12:00"))
    buy(partner, member.pk, moment("2026-03-10 12:00"))
    buy(partner, member.pk, moment("2026-04-01 00:00"))
    progress = Progress.objects.get()
    assert (progress.completed_at, progress.contributions.count()) == (moment("2026-03-20 12:00"), 3)
    # The entry of the first date never counted; another has the right one.
    assert tokens_of(member.pk) == 3
    standing = TokenEntry.objects.get(reverses__isnull=True, reversal__isnull=True)
    assert standing.occurred_at == moment("2026-03-20 12:00")
    assert Event.objects.filter(kind=EventKind.TOKENS_CREDITED).count() == 1


def test_a_chain_opens_with_the_quest_before_it_whatever_comes_late() -> None:
    make_programme()
    member, partner = make_member(), make_partner()
    first = make_quest("first", target=2)
    make_quest("second", target=1, requires=(first,))
    buy(partner, member.pk, moment("2026-03-10 12:00"))
    buy(partner, member.pk, moment("2026-03-20 12:00"))
    second = Progress.objects.get(quest__slug="second")
    assert (second.value, second.rounds) == (0, 0)
    # The late purchase completes the first quest on the 10th, so that of the 20th counts in the second.
    buy(partner, member.pk, moment("2026-03-05 12:00"))
    second.refresh_from_db()
    assert (second.rounds, second.completed_at) == (1, moment("2026-03-20 12:00"))


def test_every_period_has_its_own_progress_and_each_completion_its_own_reward() -> None:
    make_programme()
    member, partner = make_member(), make_partner()
    make_quest("monthly", target=1, recurrence=Recurrence.EVERY_PERIOD, period=Period.MONTH)
    make_quest("again", target=2, recurrence=Recurrence.AFTER_COMPLETION)
    for day in ("2026-03-01 00:00", "2026-03-31 23:59", "2026-04-01 00:00"):
        buy(partner, member.pk, moment(day))
    monthly = Progress.objects.filter(quest__slug="monthly").order_by("window_start")
    assert [(row.window_start, row.rounds) for row in monthly] == [(moment("2026-03-01 00:00"), 1), (moment("2026-04-01 00:00"), 1)]
    again = Progress.objects.get(quest__slug="again")
    assert (again.rounds, again.value) == (1, 1)
    assert tokens_of(member.pk) == 9


def test_a_personal_window_opens_with_joining() -> None:
    make_programme()
    partner = make_partner()
    member = make_member()
    member.joined_at = moment("2026-03-01 15:00")
    member.save(update_fields=["joined_at"])
    make_quest(target=2, starts=Starts.JOINED, personal_days=7)
    for day in ("2026-03-02 12:00", "2026-03-08 23:59", "2026-03-09 00:00"):
        buy(partner, member.pk, moment(day))
    progress = Progress.objects.get()
    assert (progress.rounds, progress.contributions.count(), progress.window_end) == (1, 2, moment("2026-03-09 00:00"))


def test_a_cap_on_winners_rewards_no_more_and_a_place_given_back_is_free_again() -> None:
    make_programme()
    partner = make_partner()
    first, second, third = make_member(), make_member(), make_member()
    make_quest(target=1, winners_cap=1)
    order = buy(partner, first.pk, moment("2026-03-01 12:00"))
    buy(partner, second.pk, moment("2026-03-01 13:00"))
    assert (tokens_of(first.pk), tokens_of(second.pk), Quest.objects.get().winners) == (3, 0, 1)
    assert Completion.objects.get(progress__member=second).rewarded is False
    give_back(partner, first.pk, moment("2026-03-02 12:00"), order)
    buy(partner, third.pk, moment("2026-03-03 12:00"))
    assert (tokens_of(first.pk), tokens_of(third.pk), Quest.objects.get().winners) == (0, 3, 1)


def test_only_the_very_first_purchase_at_a_partner_is_one_at_a_new_partner() -> None:
    make_programme()
    member, partner = make_member(), make_partner()
    make_quest("new", "new_partner", target=1, starts_at=moment("2026-03-01 00:00"))
    buy(partner, member.pk, moment("2026-03-05 12:00"))
    assert Progress.objects.get().rounds == 1
    # A late file names a purchase in February: March's was not the first.
    buy(partner, member.pk, moment("2026-02-05 12:00"))
    assert Progress.objects.get().rounds == 0
    assert tokens_of(member.pk) == 0


def test_the_consumer_costs_the_same_queries_for_one_purchase_and_for_fifty() -> None:
    make_programme()
    partner = make_partner()
    first = make_quest("a", target=2, reward_points=10, winners_cap=40)
    make_quest("b", "amount", target=150)
    make_quest("c", "partners", target=1, requires=(first,))
    make_quest("d", "new_partner", target=1)

    def cost(members: int) -> int:
        found = [make_member() for _ in range(members)]
        last = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        for member in found:
            for day in ("2026-03-01 12:00", "2026-03-02 12:00"):
                buy(partner, member.pk, moment(day), sweep=False)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            advance(list(Event.objects.filter(pk__gt=last, kind=EventKind.ORDER_RECORDED).order_by("pk")), now=timezone.now())
        return len(queries)

    cost(1)  # makes the quests ready
    assert cost(1) == cost(25)
