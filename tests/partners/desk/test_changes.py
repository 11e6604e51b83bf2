"""Changes of a listing: drafted, sent for review, published whole or sent back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils.translation import override

from loyalty.lib.errors import DomainError
from partners.domain import listing, search
from partners.domain.desk import changes
from partners.models import ChangeKind, ChangeState, ListingChange, Outlet, Partner
from tests.factories.loyalty import make_partner
from tests.factories.partners import make_outlet

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def bakery() -> Partner:
    partner = make_partner("bakery")
    partner.description = "Bread since 1990."
    partner.save(update_fields=["description"])
    return partner


def draft(partner: Partner, outlet: Outlet | None = None, kind: ChangeKind | None = None, **values: Any) -> ListingChange:
    kind = kind or (ChangeKind.OUTLET if outlet else ChangeKind.LISTING)
    made = changes.draft(partner, kind=kind, values=values, by_id=None, now=NOW, outlet=outlet)
    assert made is not None
    return made


def sent(partner: Partner, outlet: Outlet | None = None, kind: ChangeKind | None = None, **values: Any) -> ListingChange:
    return changes.submit(draft(partner, outlet, kind, **values), by_id=None, now=NOW)


def publish(change: ListingChange) -> ListingChange:
    return changes.approve(change, by_id=None, now=NOW + timedelta(hours=1))


def refused(code: str) -> Any:
    class Refused:
        def __enter__(self) -> None:
            self.raises = pytest.raises(DomainError)
            self.caught = self.raises.__enter__()

        def __exit__(self, *why: Any) -> bool:
            handled = bool(self.raises.__exit__(*why))
            assert self.caught.value.code == code
            assert self.caught.value.message.rstrip().endswith((".", "%(why)s"))
            return handled

    return Refused()


def test_only_what_differs_is_proposed(bakery: Partner) -> None:
    change = draft(bakery, description_ru="Bread since 1990.", short_line_ru="Warm bread")
    assert change.proposed == {"short_line_ru": "Warm bread"}
    assert change.base == {"short_line_ru": ""}


def test_a_draft_grows_and_disappears_when_nothing_differs(bakery: Partner) -> None:
    draft(bakery, short_line_ru="Warm bread")
    assert draft(bakery, description_ru="New.").proposed == {"short_line_ru": "Warm bread", "description_ru": "New."}
    gone = changes.draft(bakery, kind=ChangeKind.LISTING, values={"short_line_ru": "", "description_ru": "Bread since 1990."}, by_id=None, now=NOW)
    assert gone is None
    assert not ListingChange.objects.exists()


def test_members_see_nothing_before_it_is_published(bakery: Partner) -> None:
    sent(bakery, description_ru="New.")
    bakery.refresh_from_db()
    assert bakery.description == "Bread since 1990."


def test_publishing_writes_all_fields_and_who_did_it(bakery: Partner) -> None:
    photo = {"image": "a" * 40, "width": 10, "height": 10, "alt": "Bread"}
    change = publish(sent(bakery, description_ru="New.", logo="b" * 40, photos=[photo]))
    bakery.refresh_from_db()
    assert (bakery.description, bakery.logo, bakery.photos) == ("New.", "b" * 40, [photo])
    assert change.state == ChangeState.APPROVED
    assert change.decided_at == NOW + timedelta(hours=1)
    shown = listing.read(bakery)
    assert shown.description == "New."
    assert shown.photos[0].alt == "Bread"
    assert shown.logo.startswith("/media/listing/bb/")


def test_a_change_of_what_was_changed_meanwhile_is_refused_and_nothing_is_written(bakery: Partner) -> None:
    change = sent(bakery, description_ru="New.", short_line_ru="Warm")
    Partner.objects.filter(pk=bakery.pk).update(description_ru="The operator's own words.")
    with refused("base_changed"):
        publish(change)
    bakery.refresh_from_db()
    assert (bakery.description, bakery.short_line) == ("The operator's own words.", "")
    change.refresh_from_db()
    assert change.state == ChangeState.WAITING


def test_another_field_may_change_meanwhile(bakery: Partner) -> None:
    change = sent(bakery, short_line_ru="Warm")
    Partner.objects.filter(pk=bakery.pk).update(description_ru="The operator's own words.")
    publish(change)
    bakery.refresh_from_db()
    assert (bakery.description, bakery.short_line) == ("The operator's own words.", "Warm")


def test_a_draft_of_what_was_changed_meanwhile_is_not_sent(bakery: Partner) -> None:
    change = draft(bakery, description_ru="New.")
    Partner.objects.filter(pk=bakery.pk).update(description_ru="Other.")
    with refused("base_changed"):
        changes.submit(change, by_id=None, now=NOW)


def test_what_waits_does_not_change(bakery: Partner) -> None:
    sent(bakery, description_ru="New.")
    with refused("change_waiting"):
        draft(bakery, description_ru="Newer.")


@pytest.mark.parametrize("state", [ChangeState.DRAFT, ChangeState.APPROVED, ChangeState.REJECTED, ChangeState.WITHDRAWN])
def test_only_what_waits_is_published_or_rejected(bakery: Partner, state: ChangeState) -> None:
    change = sent(bakery, description_ru="New.")
    ListingChange.objects.filter(pk=change.pk).update(state=state, reason="why")
    with refused("change_settled"):
        publish(change)
    with refused("change_settled"):
        changes.reject(change, reason="No.", by_id=None, now=NOW)


def test_a_rejection_says_why_and_can_be_taken_up_again(bakery: Partner) -> None:
    change = changes.reject(sent(bakery, description_ru="New!!!"), reason="Without exclamation marks.", by_id=None, now=NOW)
    assert (change.state, change.reason) == (ChangeState.REJECTED, "Without exclamation marks.")
    again = changes.take_up(change, by_id=None, now=NOW)
    assert again is not None
    assert again.pk != change.pk
    assert (again.state, again.proposed) == (ChangeState.DRAFT, {"description_ru": "New!!!"})


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_rejection_needs_a_reason(bakery: Partner, reason: str) -> None:
    with refused("bad_reason"):
        changes.reject(sent(bakery, description_ru="New."), reason=reason, by_id=None, now=NOW)


def test_a_withdrawn_change_is_not_published(bakery: Partner) -> None:
    change = sent(bakery, description_ru="New.")
    changes.withdraw(change, by_id=None, now=NOW)
    with refused("change_settled"):
        publish(change)
    assert draft(bakery, description_ru="Newer.").state == ChangeState.DRAFT


def test_what_is_open_or_published_is_not_taken_up(bakery: Partner) -> None:
    change = sent(bakery, description_ru="New.")
    with refused("change_open"):
        changes.take_up(change, by_id=None, now=NOW)
    with refused("change_open"):
        changes.take_up(publish(change), by_id=None, now=NOW)


def test_outlets_are_changed_closed_and_added(bakery: Partner) -> None:
    outlet = make_outlet(bakery)
    publish(sent(bakery, outlet, hours="24/7", lat=55.5))
    publish(sent(bakery, outlet, is_active=False))
    outlet.refresh_from_db()
    assert (outlet.hours, outlet.lat, outlet.is_active) == ("24/7", 55.5, False)
    values = {"name": "Two", "address": "A street, 2", "city": "Tula", "country": "RU", "lat": 54.2, "lng": 37.6, "external_id": ""}
    change = publish(sent(bakery, kind=ChangeKind.NEW_OUTLET, **values))
    assert change.outlet is not None
    assert (change.outlet.external_id, change.outlet.city, change.outlet.is_active) == (f"desk-{change.pk}", "Tula", True)


def test_an_outlet_with_a_taken_number_is_refused_whole(bakery: Partner) -> None:
    make_outlet(bakery, "7")
    values = {"name": "Two", "address": "A street, 2", "city": "Tula", "country": "RU", "lat": 54.2, "lng": 37.6, "external_id": "7"}
    change = sent(bakery, kind=ChangeKind.NEW_OUTLET, **values)
    with refused("bad_values"):
        publish(change)
    assert Outlet.objects.count() == 1
    change.refresh_from_db()
    assert change.state == ChangeState.WAITING


def test_an_outlet_off_the_earth_is_refused(bakery: Partner) -> None:
    with refused("bad_values"):
        publish(sent(bakery, make_outlet(bakery), lat=95.0))


def test_fields_that_partners_do_not_own_are_never_written(bakery: Partner) -> None:
    publish(sent(bakery, short_line_ru="Warm", slug="other", is_active=False, name="Another name"))
    bakery.refresh_from_db()
    assert (bakery.slug, bakery.is_active, bakery.name, bakery.short_line) == ("bakery", True, "Bakery", "Warm")


def test_another_partners_outlet_is_not_touched(bakery: Partner) -> None:
    foreign = make_outlet(make_partner("cheese"))
    with pytest.raises(Outlet.DoesNotExist):
        draft(bakery, foreign, name="Mine")


def test_the_database_keeps_one_open_change(bakery: Partner) -> None:
    draft(bakery, short_line_ru="Warm")
    with pytest.raises(IntegrityError), transaction.atomic():
        ListingChange.objects.create(partner=bakery, kind=ChangeKind.LISTING)


def test_the_search_knows_the_new_words_at_once(bakery: Partner) -> None:
    search.refresh()
    assert search.find("булочки").scores == {}
    publish(sent(bakery, description_ru="Тёплые булочки."))
    assert list(search.find("булочки").scores) == [bakery.pk]
    publish(sent(bakery, make_outlet(bakery), city="Кострома"))
    assert list(search.find("кострома").scores) == [bakery.pk]


def test_freshness(bakery: Partner) -> None:
    Partner.objects.update(created_at=NOW - timedelta(days=90))
    bakery.refresh_from_db()
    assert listing.is_stale(bakery, now=NOW)
    assert not listing.is_stale(bakery, now=NOW - timedelta(seconds=1))
    listing.confirm(bakery, now=NOW)
    assert not listing.is_stale(bakery, now=NOW + timedelta(days=89))
    assert listing.is_stale(bakery, now=NOW + timedelta(days=90))


def test_a_reminder_is_claimed_once_for_each_time(bakery: Partner) -> None:
    make_partner("gone").__class__.objects.filter(slug="gone").update(is_active=False)
    Partner.objects.update(created_at=NOW - timedelta(days=100))
    assert listing.claim_reminders(now=NOW) == [bakery]
    assert listing.claim_reminders(now=NOW + timedelta(days=30)) == []
    bakery.refresh_from_db()
    listing.confirm(bakery, now=NOW + timedelta(days=31))
    assert listing.claim_reminders(now=NOW + timedelta(days=60)) == []
    assert listing.claim_reminders(now=NOW + timedelta(days=121)) == [bakery]


def test_texts_in_english_fall_back_to_russian(bakery: Partner) -> None:
    bakery.short_line, bakery.short_line_en = "Тёплый хлеб", "Warm bread"  # type: ignore[attr-defined]
    with override("en"):
        assert listing.read(bakery).short_line == "Warm bread"
        assert listing.read(bakery).description == "Bread since 1990."
    with override("ru"):
        assert listing.read(bakery).short_line == "Тёплый хлеб"
