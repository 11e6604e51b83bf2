"""Faults in quests: what counts, when, for whom, and what it brings."""

from tests.mutants import Mutant

_EVALUATE = "quests/domain/evaluate.py"
_RULES = "quests/domain/rules.py"
_REWARDS = "quests/domain/rewards.py"
_TESTS = "tests/quests/domain"

MUTANTS = [
    Mutant(
        "target_must_be_passed_not_reached",
        "quests/triggers/base/tally.py",
        old="while self.value >= self.target and not self.over:",
        new="while self.value > self.target and not self.over:",
        killed_by=f"{_TESTS}/test_progress.py::test_a_quest_is_completed_by_the_purchase_that_reaches_the_target",
    ),
    Mutant(
        "same_partner_counts_again",
        "quests/triggers/base/tally.py",
        old="        if self.over or key in self.keys:\n            return 0\n        self.keys.add(key)\n        self.value = Decimal(len(self.keys))",
        new="        if self.over:\n            return 0\n        self.keys.add(key)\n        self.value += ONE",
        killed_by=f"{_TESTS}/test_evaluate.py::test_a_round_begins_after_each_completion",
    ),
    Mutant(
        "streak_survives_a_missed_week",
        "quests/triggers/base/tally.py",
        old="number == (self.last_key or 0) + 1 else ONE",
        new="number > (self.last_key or 0) else ONE",
        killed_by=f"{_TESTS}/test_time_edges.py::test_a_streak_goes_on_over_new_year_and_a_missed_week_breaks_it",
    ),
    Mutant(
        "purchase_that_opens_a_quest_counts_in_it",
        _EVALUATE,
        old="if one.value > 0 and one.at > gate}",
        new="if one.value > 0 and one.at >= gate}",
        killed_by=f"{_TESTS}/test_evaluate.py::test_what_comes_at_the_instant_of_the_opening_does_not_count",
    ),
    Mutant(
        "window_holds_its_end",
        _RULES,
        old="return self.start <= at and (self.end is None or at < self.end)",
        new="return self.start <= at and (self.end is None or at <= self.end)",
        killed_by=f"{_TESTS}/test_time_edges.py::test_a_window_holds_its_start_and_not_its_end",
    ),
    Mutant(
        "hour_to_is_included",
        "quests/triggers/base/conditions.py",
        old="return low <= hour < high if low < high",
        new="return low <= hour <= high if low < high",
        killed_by=f"{_TESTS}/test_time_edges.py::test_an_hour_of_a_condition_begins_at_its_start_and_ends_before_its_end",
    ),
    Mutant(
        "returns_count_though_the_quest_ignores_them",
        _RULES,
        old="if purchase.returns and self.quest.return_policy != ReturnPolicy.IGNORE:",
        new="if purchase.returns:",
        killed_by=f"{_TESTS}/test_progress.py::test_what_a_return_does_is_the_quests_policy",
    ),
    Mutant(
        "one_winner_too_many",
        _REWARDS,
        old="quest.winners < quest.winners_cap",
        new="quest.winners <= quest.winners_cap",
        killed_by=f"{_TESTS}/test_progress.py::test_a_cap_on_winners_rewards_no_more_and_a_place_given_back_is_free_again",
    ),
    Mutant(
        "place_of_a_winner_is_not_freed",
        _REWARDS,
        old="            quest.winners -= 1\n",
        new="            pass\n",
        killed_by=f"{_TESTS}/test_progress.py::test_a_cap_on_winners_rewards_no_more_and_a_place_given_back_is_free_again",
    ),
    Mutant(
        "reward_given_again_has_the_first_ones_key",
        _REWARDS,
        old="row.completed_at, row.undone_at, row.version = last.since, None, row.version + 1",
        new="row.completed_at, row.undone_at, row.version = last.since, None, row.version",
        killed_by=f"{_TESTS}/test_progress.py::test_a_further_purchase_completes_again_what_a_return_undid",
    ),
    Mutant(
        "own_level_is_not_enough",
        "quests/domain/progress.py",
        old="level is None or level.rank < (one.rule.min_rank or 0)}",
        new="level is None or level.rank <= (one.rule.min_rank or 0)}",
        killed_by=f"{_TESTS}/test_rulebook.py::test_a_quest_for_a_level_counts_what_is_bought_while_it_is_held",
    ),
    Mutant(
        "code_for_one_serves_everybody",
        "quests/domain/deeds.py",
        old='        if use == "single":',
        new='        if use == "one":',
        killed_by=f"{_TESTS}/test_deeds.py::test_a_single_code_is_the_first_members",
    ),
    Mutant(
        "birthday_week_is_a_day_short",
        "quests/triggers/birthday.py",
        old="<= DAYS_AROUND for year",
        new="< DAYS_AROUND for year",
        killed_by=f"{_TESTS}/test_time_edges.py::test_the_birthday_week_knows_29_february_and_new_year",
    ),
    Mutant(
        "later_purchases_at_a_partner_count_as_first",
        "quests/triggers/new_partner.py",
        old=" if purchase.first else NOTHING",
        new=" if purchase.first or purchase.order_id else NOTHING",
        killed_by="tests/quests/triggers/test_purchases.py::test_new_partner_counts_first_purchases_only",
    ),
]
