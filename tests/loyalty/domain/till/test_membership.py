"""Where a member comes into being: everything or nothing, once, whatever happens at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.db import connections
from django.utils import timezone

from accounts.domain import enrol
from accounts.domain.consent import Agreement
from accounts.models import Card, Consent, Member, User
from accounts.models.card import CardBlockReason
from loyalty.domain import ledger, till
from loyalty.domain import programme as programmes
from loyalty.domain.verify import verify
from loyalty.enums import EntryKind
from loyalty.lib.errors import DomainError
from loyalty.models import Entry, Event
from tests.factories.accounts import MemberFactory

NOW = timezone.now()
AGREEMENT = Agreement(version="1", marketing=True, at=NOW - timedelta(minutes=2), source="signup")


def proven(phone: str = "+79001230042", email: str = "maria@example.org") -> User:
    """A sign-up after both codes."""
    user = enrol.begin(phone=phone, email=email, language="ru", now=NOW)
    user.phone_verified = True
    user.save(update_fields=["phone_verified"])
    EmailAddress.objects.filter(user=user).update(verified=True)
    return user


def join(user: User, attach_to: int | None = None) -> Member:
    return till.join(user_id=user.pk, agreement=AGREEMENT, attach_to=attach_to, programme=programmes.current(), now=timezone.now())


@pytest.mark.django_db
def test_without_both_codes_nothing_comes_into_being() -> None:
    user = enrol.begin(phone="+79001230042", email="maria@example.org", language="ru", now=NOW)
    with pytest.raises(DomainError) as refused:
        join(user)
    assert refused.value.code == "contacts_not_proven"
    assert not Member.objects.exists()


@pytest.mark.django_db
def test_if_the_points_fail_nothing_else_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    user = proven()

    def fail(**_kwargs: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(ledger, "grant", fail)
    with pytest.raises(RuntimeError):
        join(user)
    user.refresh_from_db()
    assert user.signup_pending
    assert not any(model.objects.exists() for model in (Member, Card, Consent, Event, Entry))


@pytest.mark.django_db
def test_the_consent_keeps_the_time_of_the_tick() -> None:
    join(proven())
    assert set(Consent.objects.values_list("at", flat=True)) == {AGREEMENT.at}


@pytest.mark.django_db
def test_without_welcome_points_there_is_a_card_all_the_same() -> None:
    programme = programmes.current()
    programme.welcome_points = 0
    programme.save(update_fields=["welcome_points"])
    member = join(proven())
    assert Card.objects.filter(member=member).count() == 1
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_who_got_a_log_in_meanwhile_is_not_attached_again() -> None:
    taken = MemberFactory(with_login=True)
    member = join(proven(), attach_to=taken.pk)
    assert member.pk != taken.pk


@pytest.mark.django_db
def test_pending_points_count_as_points_and_spent_ones_do_not() -> None:
    user = proven()
    before = MemberFactory(phone="+79001230042", with_card=True)
    programme = programmes.current()
    assert till.find_for_sign_up(user, programme=programme, now=timezone.now()).needs_digits is False  # type: ignore[union-attr]
    ledger.grant(member_id=before.pk, kind=EntryKind.ADJUSTMENT, points=5, programme=programme, now=timezone.now(), key=None)
    assert till.find_for_sign_up(user, programme=programme, now=timezone.now()).needs_digits is True  # type: ignore[union-attr]
    ledger.deduct(member_id=before.pk, points=5, now=timezone.now(), key=None, reason="test", actor_id=None)
    assert till.find_for_sign_up(user, programme=programme, now=timezone.now()).needs_digits is False  # type: ignore[union-attr]


@pytest.mark.django_db
def test_attached_members_get_the_welcome_points_once() -> None:
    before = MemberFactory(phone="+79001230042")
    programme = programmes.current()
    ledger.grant(member_id=before.pk, kind=EntryKind.WELCOME, points=300, programme=programme, now=NOW, key=f"welcome:{before.pk}")
    member = join(proven(), attach_to=before.pk)
    assert member.pk == before.pk
    assert Entry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_sign_up_finished_many_times_at_once_makes_one_member() -> None:
    programmes.current()
    user = proven()
    results = _at_once(8, lambda: join(user).pk)
    assert len(set(results)) == 1
    assert (Member.objects.count(), Card.objects.count(), Entry.objects.count(), Consent.objects.count()) == (1, 1, 1, 2)
    assert not list(verify(now=timezone.now()))


@pytest.mark.django_db(transaction=True)
def test_two_sign_ups_attach_to_one_member_only_once() -> None:
    programmes.current()
    before = MemberFactory(phone=None, email=None)
    users = iter([proven(), proven("+79001230043", "nadya@example.org")])
    picked = [next(users), next(users)]
    turns = iter(picked)
    _at_once(2, lambda: join(next(turns), attach_to=before.pk).pk)
    assert Member.objects.count() == 2
    assert Entry.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_card_replaced_twice_at_once_is_replaced_once() -> None:
    member = MemberFactory(with_login=True)
    card = member.cards.get()

    def replace() -> str:
        try:
            return till.replace_card(card=card, reason=CardBlockReason.LOST, now=timezone.now()).number
        except DomainError as refused:
            return refused.code

    results = _at_once(4, replace)
    assert sorted(result == "card_blocked" for result in results) == [False, True, True, True]
    assert Card.objects.filter(member=member).count() == 2


@pytest.mark.django_db(transaction=True)
def test_sign_ups_with_the_same_contacts_at_once_leave_one() -> None:
    def begin() -> int:
        return enrol.begin(phone="+79001230042", email="maria@example.org", language="ru", now=NOW).pk

    assert len(_at_once(6, begin)) == 6
    assert User.objects.count() == 1


def _at_once[T](times: int, act: Callable[[], T]) -> list[T]:
    def run(_turn: int) -> T:
        try:
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=times) as pool:
        return list(pool.map(run, range(times)))
