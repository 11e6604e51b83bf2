from datetime import time, timedelta

import pytest
from allauth.account.models import EmailAddress

from accounts.domain import consent
from accounts.domain.notifications import preferences
from accounts.models import Consent, Member, NotificationChoice
from accounts.models.notification import Category, Channel, Digest
from loyalty.lib.errors import DomainError
from tests.accounts.notifications.cast import NOON, make_reachable

pytestmark = pytest.mark.django_db


def cells(member: Member, category: Category) -> dict[Channel, bool]:
    row = next(row for row in preferences.overview(member).rows if row.category == category)
    return {cell.channel: cell.is_on for cell in row.cells}


def test_only_what_differs_from_the_defaults_is_stored() -> None:
    member = make_reachable()
    preferences.choose(member, category=Category.POINTS_SPENT, channel=Channel.EMAIL, is_on=False, source="profile", now=NOON)
    assert NotificationChoice.objects.get().is_on is False
    preferences.choose(member, category=Category.POINTS_SPENT, channel=Channel.EMAIL, is_on=True, source="profile", now=NOON)
    assert not NotificationChoice.objects.exists()
    assert cells(member, Category.POINTS_SPENT)[Channel.EMAIL]


def test_security_keeps_one_way_and_says_so() -> None:
    member = make_reachable()
    preferences.choose(member, category=Category.SECURITY, channel=Channel.SMS, is_on=False, source="profile", now=NOON)
    with pytest.raises(DomainError) as refused:
        preferences.choose(member, category=Category.SECURITY, channel=Channel.EMAIL, is_on=False, source="profile", now=NOON)
    assert refused.value.code == "last_way"
    row = next(row for row in preferences.overview(member).rows if row.category == Category.SECURITY)
    assert {cell.channel: cell.is_locked for cell in row.cells} == {Channel.EMAIL: True, Channel.SMS: False, Channel.PUSH: False}


def test_both_ways_of_security_cannot_be_switched_off_at_once() -> None:
    member = make_reachable()
    wanted = {(Category.SECURITY, Channel.SMS): False, (Category.SECURITY, Channel.EMAIL): False, (Category.OFFERS, Channel.EMAIL): False}
    with pytest.raises(DomainError, match="One way must stay on"):
        preferences.choose_many(member, wanted=wanted, source="profile", now=NOON)
    assert not NotificationChoice.objects.exists()


def test_a_channel_whose_contact_is_not_confirmed_is_off() -> None:
    member = make_reachable()
    EmailAddress.objects.filter(user=member.user).update(verified=False)
    seen = preferences.overview(member)
    assert not seen.usable[Channel.EMAIL]
    assert not any(cell.is_on for row in seen.rows for cell in row.cells if cell.channel == Channel.EMAIL)
    with pytest.raises(DomainError) as refused:
        preferences.choose(member, category=Category.OFFERS, channel=Channel.EMAIL, is_on=True, source="profile", now=NOON)
    assert refused.value.code == "unverified"


def test_consent_is_given_and_withdrawn_apart_with_version_time_and_source() -> None:
    member = make_reachable()
    preferences.set_consent(member, given=True, version="3", source="notifications", now=NOON)
    preferences.set_consent(member, given=False, version="3", source="unsubscribe", now=NOON + timedelta(days=1))
    rows = Consent.objects.filter(member=member, kind="marketing").order_by("at").values_list("given", "version", "source", "at")
    assert list(rows) == [(True, "3", "notifications", NOON), (False, "3", "unsubscribe", NOON + timedelta(days=1))]
    assert not consent.wants_marketing(member)


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"timezone": "Mars/Olympus"}, "bad_timezone"), ({"cap_day": 21}, "bad_cap"), ({"quiet_until": time(22)}, "bad_quiet_hours")],
    ids=["zone", "cap", "quiet"],
)
def test_settings_that_make_no_sense_are_refused(changes: dict[str, object], code: str) -> None:
    member = make_reachable()
    given = {"is_quiet": True, "quiet_from": time(22), "quiet_until": time(8), "cap_day": 2, "cap_week": 5, "digest": Digest.OFF, **changes}
    with pytest.raises(DomainError) as refused:
        preferences.save_settings(member, now=NOON, **given)  # type: ignore[arg-type]
    assert refused.value.code == code


def test_the_page_costs_the_same_for_everybody(django_assert_num_queries: pytest.FixtureRequest) -> None:
    member = make_reachable()
    for category in Category:
        if not category.is_locked:
            preferences.choose(member, category=category, channel=Channel.EMAIL, is_on=False, source="profile", now=NOON)
    with django_assert_num_queries(7):  # type: ignore[operator]
        preferences.overview(member)
