"""A kind of quest is one file: put beside the others, it is in the form, on the page, in the reminder and in the documentation."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import Scenario
from accounts.models.notification import Channel
from loyalty.domain.outreach import Day
from loyalty.domain.programme import MARKETING
from quests import triggers
from quests.domain import endings
from quests.management.commands.triggers import BEGIN, END, PAGE, table
from quests.models import Progress, Quest
from tests.accounts.notifications.cast import make_reachable, only
from tests.factories.loyalty import make_partner, make_programme, moment
from tests.factories.quests import buy
from tests.factories.staff import staff_client
from tests.quests.admin.test_quests import form
from tests.quests.notifications.test_endings import run

BREAKFASTS = '''
"""Purchases in the morning."""

from datetime import datetime

from django import forms

from quests.triggers.base import NOTHING, CountTrigger


class Breakfasts(CountTrigger):
    """Counts purchases before nine."""

    slug = "breakfasts"
    label = "breakfasts out"
    position = 1
    note = "The early bird counts."

    def fields(self):
        return {**super().fields(), "dish": forms.CharField(required=False, label="Dish")}

    def rows(self):
        return (*super().rows(), "dish")

    def kept(self, values):
        return {**super().kept(values), "dish": values.get("dish")}

    def filled_in(self, kept):
        return {**super().filled_in(kept), "dish": kept.get("dish")}

    def worth(self, kept, purchase, conditions):
        return super().worth(kept, purchase, conditions) if self.may_count_at(purchase.local, None) else NOTHING

    def may_count_at(self, local, birthday):
        return local.hour < 9
'''


@pytest.fixture
def breakfasts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A trigger in a file of its own, for as long as a test runs."""
    (tmp_path / "breakfasts.py").write_text(BREAKFASTS)
    monkeypatch.setattr(triggers, "__path__", [*triggers.__path__, str(tmp_path)])
    triggers.TRIGGERS.forget()
    yield
    monkeypatch.undo()
    triggers.TRIGGERS.forget()
    sys.modules.pop("quests.triggers.breakfasts")


@pytest.mark.django_db
@pytest.mark.usefixtures("breakfasts")
def test_a_file_is_all_that_a_new_trigger_takes() -> None:
    make_programme()
    member, partner = make_reachable(), make_partner()
    # In the form, with a field of its own.
    client = staff_client(MARKETING)
    page = client.get("/admin/quests/quest/add/?trigger=breakfasts")
    assert ("breakfasts", "breakfasts out") in page.context["adminform"].form.fields["trigger"].choices
    assert "dish" in page.context["adminform"].form.fields
    answer = client.post(
        "/admin/quests/quest/add/", form(trigger="breakfasts", dish="каша", slug="eggs", ends_at_0="2026-03-06", ends_at_1="00:00", partners=[partner.pk])
    )
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    quest = Quest.objects.get()
    assert quest.parameters == {"partners": [partner.pk], "dish": "каша"}
    assert "breakfasts out" in client.get("/admin/quests/quest/").content.decode()
    # It counts.
    buy(partner, member.pk, moment("2026-03-01 08:59"))
    buy(partner, member.pk, moment("2026-03-01 09:00"))
    assert Progress.objects.get().value == 1
    # In the reminder: who can still have a breakfast before the end hears of it.
    assert run(moment("2026-03-02 09:30")) == 1
    assert "Осталось: 2 из 3" in only(member, Channel.INBOX).body
    Scenario.objects.filter(pk="quest_ending").update(days_before=1)
    told = [endings.page(Day(make_programme(), at, at.date()), 0)[0] for at in (moment("2026-03-05 08:30"), moment("2026-03-05 09:30"))]
    assert [len(notices) for notices in told] == [1, 0]
    # On its page, in its own words.
    Quest.objects.update(ends_at=timezone.now() + timedelta(days=9))
    assert member.user is not None
    browser = Client()
    browser.force_login(member.user)
    assert "The early bird counts." in browser.get("/quests/eggs/").content.decode()
    # In the documentation.
    printed = StringIO()
    call_command("triggers", stdout=printed)
    assert "| `breakfasts` | breakfasts out | Counts purchases before nine. |\n" in printed.getvalue()


def test_the_documentation_lists_the_triggers_there_are() -> None:
    """If this fails: `manage.py triggers --write`."""
    text = PAGE.read_text(encoding="utf-8")
    assert text[text.index(BEGIN) + len(BEGIN) : text.index(END)] == table()
