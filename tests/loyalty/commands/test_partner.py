"""`manage.py partner`: partners and their dated terms."""

from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from partners.models import Partner, Terms, TermsExclusion

pytestmark = pytest.mark.django_db


def run(slug: str, *, base: str = "5", name: str = "Bakery", **options: Any) -> str:
    out = StringIO()
    arguments = [f"--{key}={value}" for key, value in options.items() if key != "start"]
    if "start" in options:
        arguments.append(f"--from={options['start']}")
    call_command("partner", slug, f"--name={name}", f"--base={base}", *arguments, stdout=out)
    return out.getvalue()


def terms_of(slug: str) -> list[tuple[datetime, Decimal, Decimal | None]]:
    return list(Terms.objects.filter(partner__slug=slug).order_by("valid_from").values_list("valid_from", "base_pct", "spendable_pct"))


def test_a_new_partner_has_its_terms_from_the_beginning() -> None:
    assert "Created partner bakery" in run("bakery", spendable="30")
    assert Partner.objects.get(slug="bakery").name == "Bakery"
    assert terms_of("bakery") == [(datetime(1970, 1, 1, tzinfo=UTC), Decimal(5), Decimal(30))]


@time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False)
def test_later_terms_hold_from_now_and_keep_what_is_not_named() -> None:
    run("bakery", spendable="30")
    TermsExclusion.objects.create(terms=Terms.objects.get(), field="category", value="Tobacco", reason="law")
    run("bakery", base="7.125")
    assert terms_of("bakery")[1:] == [(datetime(2026, 3, 1, 12, tzinfo=UTC), Decimal("7.125"), Decimal(30))]
    assert [one.value for one in Terms.objects.latest("valid_from").exclusions.all()] == ["Tobacco"]


def test_from_is_the_start_of_a_business_day_in_the_programmes_zone() -> None:
    run("bakery", start="2026-03-01")
    assert terms_of("bakery")[0][0] == datetime(2026, 2, 28, 21, tzinfo=UTC)


def test_the_same_terms_again_change_nothing() -> None:
    run("bakery")
    assert "nothing changed" in run("bakery")
    run("bakery", base="6", start="2026-03-01")
    assert "nothing changed" in run("bakery", base="6", start="2026-03-01")
    assert len(terms_of("bakery")) == 2


def test_other_terms_from_the_same_instant_are_refused() -> None:
    run("bakery", start="2026-03-01")
    with pytest.raises(CommandError, match="terms are never edited"):
        run("bakery", name="Renamed", base="6", start="2026-03-01")
    assert [row[1] for row in terms_of("bakery")] == [Decimal(5)]
    assert Partner.objects.get().name == "Bakery"


def test_another_name_renames() -> None:
    run("bakery")
    assert "Renamed" in run("bakery", name="Пекарня")
    assert Partner.objects.get().name == "Пекарня"


@pytest.mark.parametrize("pct", ["NaN", "-1", "100.1", "1.0001", "5%", "1e1", "Infinity", "", "٥"])
def test_a_bad_percentage_is_refused(pct: str) -> None:
    for options in ({"base": pct}, {"base": "5", "spendable": pct}):
        with pytest.raises(CommandError, match=r"--(base|spendable)"):
            run("bakery", **options)
    assert not Partner.objects.exists()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"start": "2026-02-30"}, "There is no 2026-02-30"),
        ({"start": "20260301"}, "is not a date"),
        ({"start": "0001-01-01"}, "outside the calendar"),
        ({"name": " "}, "1 to 200 printable"),
        ({"slug": "two words"}, "is not a slug"),
        ({"slug": "x" * 65}, "is not a slug"),
    ],
)
def test_other_bad_values_are_refused(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        run(options.pop("slug", "bakery"), **options)
    assert not Partner.objects.exists()
