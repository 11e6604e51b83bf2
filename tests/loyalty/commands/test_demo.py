"""`manage.py demo`: a believable programme, the same however often it is loaded."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import Count
from django.utils import timezone

from accounts.models import Member, User
from loyalty.domain import programme as programmes
from loyalty.domain.ledger import Balance, member_balance
from loyalty.enums import EntryKind
from loyalty.models import Entry, Order, Return
from partners.domain import changes
from partners.models import ListingChange, Outlet, Partner, PartnerUser, Terms

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty members show the same as two hundred."""
    monkeypatch.setattr("loyalty.demo.people.COUNT", 40)


def load(**options: str) -> str:
    out, err = StringIO(), StringIO()
    call_command("demo", stdout=out, stderr=err, **options)
    assert err.getvalue() == ""
    return out.getvalue()


def counts() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in (Partner, Outlet, Terms, Member, User, Order, Return, Entry)}


def balance_of(email: str) -> Balance:
    return member_balance(Member.objects.get(email=email).pk, programme=programmes.current(), at=timezone.now())


def test_it_is_believable_and_the_ledger_is_sound() -> None:
    load()
    assert Partner.objects.count() >= 12
    assert Outlet.objects.count() >= 300
    assert Partner.objects.annotate(n=Count("terms")).filter(n=2).exists()
    assert Order.objects.filter(partner__slug="turniket", lines__category="Пополнение проездного").exists()
    assert Order.objects.filter(lines__excluded__gt="").exists()
    kinds = set(Entry.objects.values_list("kind", flat=True))
    assert kinds >= {EntryKind.WELCOME, EntryKind.ACCRUAL, EntryKind.REDEMPTION, EntryKind.EXPIRY, EntryKind.RETURN_ACCRUAL}
    call_command("verify_ledger", stdout=StringIO())


def test_the_cast_shows_every_state() -> None:
    load()
    maria = balance_of("maria@example.org")
    assert maria.available > 500
    assert maria.pending > 0
    assert maria.expiring > 0
    assert maria.lifetime.expired > 0
    assert maria.lifetime.spent > 0
    assert balance_of("zoya@example.org").debt > 0
    assert balance_of("konstantin@example.org").available > 100_000
    lev = Member.objects.get(email="lev@example.org")
    assert not lev.entries.exists()
    assert not lev.orders.exists()


def test_loading_again_doubles_nothing() -> None:
    load()
    before = counts()
    assert "(0 documents new)" in load()
    assert counts() == before


def test_an_interrupted_load_is_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    from loyalty.demo import load as loader

    recorded = loader.orders.record

    def stop(documents: Any, **options: Any) -> Any:
        if options["partner"].slug == "volt-i-amper":
            raise KeyboardInterrupt
        return recorded(documents, **options)

    with monkeypatch.context() as patch:
        patch.setattr(loader.orders, "record", stop)
        with pytest.raises(KeyboardInterrupt):
            load()
    load()
    call_command("verify_ledger", stdout=StringIO())
    assert Order.objects.filter(partner__slug="volt-i-amper").exists()
    assert "(0 documents new)" in load()


def test_without_debug_log_ins_need_a_password(settings: Any) -> None:
    assert settings.DEBUG is False
    assert "No log-ins were made" in load()
    assert not User.objects.exists()
    said = load(password="a-password-of-mine")
    assert "maria@example.org / a-password-of-mine" in said
    maria = User.objects.get(email="maria@example.org")
    assert maria.check_password("a-password-of-mine")
    assert maria.member.first_name == "Мария"
    staff = User.objects.get(email="admin@example.org")
    assert staff.is_staff
    assert not staff.is_superuser
    assert staff.has_perm("loyalty.adjust_points")
    assert not hasattr(staff, "member")


def test_a_changed_password_is_neither_shown_nor_reset(settings: Any) -> None:
    settings.DEBUG = True
    assert "maria@example.org / zheton-demo" in load()
    maria = User.objects.get(email="maria@example.org")
    maria.set_password("changed by hand")
    maria.save(update_fields=["password"])
    assert "maria@example.org / (the password was changed)" in load()


def test_a_partners_desk_has_people_and_a_change_that_waits(settings: Any) -> None:
    settings.DEBUG = True
    said = load()
    for email in ("desk-manager@example.org", "desk-editor@example.org", "desk-viewer@example.org"):
        assert f"{email} / zheton-demo" in said
    change = ListingChange.objects.get()
    assert (change.partner.slug, change.state, change.submitted_by.email) == ("zerno-i-par", "waiting", "desk-editor@example.org")
    assert Partner.objects.exclude(logo="").count() == 8
    changes.reject(change, reason="Later.", by_id=None, now=timezone.now())
    load()
    assert ListingChange.objects.count() == 1
    assert PartnerUser.objects.count() == 3
