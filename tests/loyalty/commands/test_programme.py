"""`manage.py programme`: showing and changing the programme."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from loyalty.domain import ledger
from loyalty.domain import programme as programmes
from loyalty.enums import EntryKind
from loyalty.models import Programme
from tests.factories.loyalty import make_member

pytestmark = pytest.mark.django_db

DEFAULTS = {
    "name": "Жетон",
    "currency": "RUB",
    "timezone": "Europe/Moscow",
    "point_value": 1,
    "rounding": "down",
    "pending_days": 7,
    "lifetime_days": 365,
    "expiry_mode": "days",
    "expiring_window_days": 30,
    "spendable_share": 50,
    "return_shortfall": "debt",
    "spend_requires": "token",
    "transfer_daily_cap": 1000,
    "welcome_points": 300,
}


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("programme", *arguments, stdout=out)
    return out.getvalue()


def shown() -> dict[str, object]:
    return json.loads(run("show", "--json"))


def test_show_works_on_a_fresh_database_and_has_exactly_the_public_keys() -> None:
    assert not Programme.objects.exists()
    assert shown() == DEFAULTS
    assert run("show").splitlines()[0] == "name=Жетон"


def test_set_changes_every_public_key() -> None:
    new = {
        "name": "Клуб = всё",
        "currency": "EUR",
        "timezone": "Europe/Riga",
        "point_value": 0.125,
        "rounding": "half_up",
        "pending_days": 0,
        "lifetime_days": 730,
        "expiry_mode": "month_end",
        "expiring_window_days": 60,
        "spendable_share": 33.333,
        "return_shortfall": "forgive",
        "spend_requires": "card",
        "transfer_daily_cap": 0,
        "welcome_points": 0,
    }
    said = run("set", *(f"{key}={value}" for key, value in new.items()))
    assert shown() == new
    assert "spendable_share: 50" in said


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        ("colour=red", "There is no key “colour”. The keys are: name, currency"),
        ("pending_days", "is not KEY=VALUE"),
        ("pending_days=", "is not a whole number"),
        ("pending_days=-1", "is not between 0 and 3650"),
        ("pending_days=1.5", "is not a whole number"),
        ("pending_days=٣", "is not a whole number"),
        ("pending_days=1_0", "is not a whole number"),
        ("lifetime_days=0", "is not between 1 and 36500"),
        ("spendable_share=NaN", "is not a number"),
        ("spendable_share=100.001", "is not between 0 and 100"),
        ("spendable_share=1.0001", "more than 3 decimal places"),
        ("point_value=0", "is not between 0.0001"),
        ("point_value=1e3", "is not a number"),
        ("timezone=Mars/Olympus", "is not an IANA time zone"),
        ("currency=rub", "three capital letters"),
        ("rounding=sideways", "is none of down, half_up, up"),
        ("expiry_mode=later", "is none of never, days, month_end, year_end"),
        ("name=", "1 to 60 printable characters"),
        ("name=a\x00b", "1 to 60 printable characters"),
        ("transfer_daily_cap=99999999999", "is not between"),
    ],
)
def test_a_bad_pair_is_refused_with_a_sentence_and_the_good_one_beside_it_is_not_written(pair: str, reason: str) -> None:
    with pytest.raises(CommandError) as refused:
        run("set", "welcome_points=5", pair)
    assert reason in str(refused.value)
    assert shown() == DEFAULTS


def test_every_bad_pair_is_named() -> None:
    with pytest.raises(CommandError) as refused:
        run("set", "pending_days=x", "rounding=y", "nonsense", "currency=z", "currency=RUB")
    for part in ("pending_days:", "rounding:", "“nonsense”", "currency: it is given twice"):
        assert part in str(refused.value)


@pytest.mark.parametrize("pair", ["currency=EUR", "timezone=Europe/Riga", "point_value=2"])
def test_currency_zone_and_value_are_locked_once_an_entry_exists(pair: str) -> None:
    ledger.grant(member_id=make_member().pk, kind=EntryKind.WELCOME, points=1, programme=programmes.current(), now=timezone.now(), key=None)
    with pytest.raises(CommandError) as refused:
        run("set", "pending_days=3", pair)
    assert "because points have been posted" in str(refused.value)
    assert shown() == DEFAULTS
    assert run("set", "currency=RUB", "timezone=Europe/Moscow", "point_value=1.0") == "Nothing changed.\n"
    run("set", "pending_days=3")
    assert shown()["pending_days"] == 3
