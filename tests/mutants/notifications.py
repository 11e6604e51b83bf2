"""Faults in messages: consent, quiet hours, caps, budgets, contacts."""

from tests.mutants import Mutant

_DECIDE = "accounts/domain/notifications/decide.py"
_QUIET = "accounts/domain/notifications/quiet.py"
_MODELS = "accounts/models/notification.py"
_TESTS = "tests/accounts/notifications"

MUTANTS = [
    Mutant(
        "offers_leave_without_consent",
        _DECIDE,
        old="    if category.is_marketing and not reach.has_consent:\n        return []",
        new="    if category.is_marketing and not reach.member_id:\n        return []",
        killed_by=f"{_TESTS}/test_tell.py::test_marketing_needs_consent_and_stands_in_the_inbox_all_the_same",
    ),
    Mutant(
        "consent_withdrawn_meanwhile_does_not_count",
        _DECIDE,
        old="    if category.is_marketing and not reach.has_consent:\n        return Reason.CONSENT",
        new="    if category.is_marketing and not reach.member_id:\n        return Reason.CONSENT",
        killed_by=f"{_TESTS}/test_email.py::test_a_message_whose_member_changed_their_mind_stays",
    ),
    Mutant(
        "what_was_switched_off_meanwhile_leaves",
        _DECIDE,
        old="        return Reason.PREFERENCE",
        new="        return None",
        killed_by=f"{_TESTS}/test_email.py::test_a_message_whose_member_changed_their_mind_stays",
    ),
    Mutant(
        "one_more_than_the_cap_of_a_day",
        _DECIDE,
        old="if age == 0) < wishes.cap_day",
        new="if age == 0) <= wishes.cap_day",
        killed_by=f"{_TESTS}/test_tell.py::test_caps_hold_back_the_third_of_a_day_and_the_sixth_of_a_week",
    ),
    Mutant(
        "week_of_the_cap_has_eight_days",
        _DECIDE,
        old="if -1 <= age < 7)",
        new="if -1 <= age < 8)",
        killed_by=f"{_TESTS}/test_quiet.py::test_a_week_of_the_cap_is_seven_days_across_the_change_of_clocks",
    ),
    Mutant(
        "night_has_no_morning_part",
        _QUIET,
        old="else clock >= begins or clock < ends",
        new="else clock >= begins",
        killed_by=f"{_TESTS}/test_quiet.py::test_what_comes_at_night_leaves_in_the_morning_of_the_members_zone",
    ),
    Mutant(
        "first_minute_of_quiet_hours_is_loud",
        _QUIET,
        old="else clock >= begins or clock < ends",
        new="else clock > begins or clock < ends",
        killed_by=f"{_TESTS}/test_quiet.py::test_what_comes_at_night_leaves_in_the_morning_of_the_members_zone",
    ),
    Mutant(
        "digest_of_nine_leaves_at_once",
        _QUIET,
        old="    if instant(day, DIGEST_AT, zone) <= at:",
        new="    if instant(day, DIGEST_AT, zone) < at:",
        killed_by=f"{_TESTS}/test_quiet.py::test_a_digest_leaves_at_nine",
    ),
    Mutant(
        "security_waits_for_the_morning",
        _MODELS,
        old="        return self != Category.SECURITY\n",
        new="        return bool(self)\n",
        killed_by=f"{_TESTS}/test_tell.py::test_at_night_only_security_leaves_at_once",
    ),
    Mutant(
        "contacts_that_refuse_are_tried",
        "accounts/domain/notifications/reach.py",
        old="return bool(self.email) and not self.bad_email",
        new="return bool(self.email)",
        killed_by=f"{_TESTS}/test_email.py::test_an_address_that_the_server_refuses_for_good_gets_nothing_further",
    ),
    Mutant(
        "sms_budget_is_counted_and_not_kept",
        "accounts/domain/notifications/sms_budget.py",
        old="WHERE known.spent + excluded.spent <= %s RETURNING",
        new="WHERE known.spent <= %s RETURNING",
        killed_by=f"{_TESTS}/test_sms.py::test_a_flood_against_one_number_stays_within_its_budget",
    ),
    Mutant(
        "link_of_a_mail_can_be_made_up",
        "accounts/domain/notifications/unsubscribe.py",
        old="    if member is not None:\n        preferences.silence(",
        new="    if member is None:\n        preferences.silence(",
        killed_by=f"{_TESTS}/test_email.py::test_one_click_leaves_the_category_and_a_get_changes_nothing",
    ),
    Mutant(
        "old_facts_notify",
        "loyalty/consumers/notifications.py",
        old="    news = [event for event in events if event.is_news(now)]",
        new="    news = list(events)",
        killed_by="tests/loyalty/consumers/test_notifications.py::test_what_is_no_news_notifies_nobody",
    ),
    Mutant(
        "message_of_last_week_leaves",
        "accounts/domain/notifications/sending.py",
        old="TOO_LATE_OTHERS = timedelta(days=3)",
        new="TOO_LATE_OTHERS = timedelta(days=30)",
        killed_by=f"{_TESTS}/test_email.py::test_what_comes_days_late_is_of_no_use",
    ),
    Mutant(
        "failed_message_is_tried_without_end",
        "accounts/domain/notifications/sending.py",
        old="    elif message.attempts > len(RETRY_AFTER):",
        new="    elif message.attempts > len(RETRY_AFTER) + 1:",
        killed_by=f"{_TESTS}/test_email.py::test_a_mail_server_that_is_down_loses_nothing_and_is_given_up_in_the_end",
    ),
    Mutant(
        "last_reminder_comes_a_day_early",
        "loyalty/domain/outreach/reminders.py",
        old="EXPIRY_DAYS = (30, 7, 1)",
        new="EXPIRY_DAYS = (30, 7, 2)",
        killed_by="tests/loyalty/domain/outreach/test_reminders.py::test_reminders_come_30_7_and_1_days_before",
    ),
]
