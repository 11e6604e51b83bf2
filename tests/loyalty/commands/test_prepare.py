"""`prepare` makes true what the code says, also where no migration is missing."""

import pytest
from django.contrib.auth.models import Group

from accounts.models import Scenario
from loyalty.management.prepare import migrate

pytestmark = pytest.mark.django_db


def test_a_new_scenario_and_a_new_right_get_their_rows() -> None:
    Scenario.objects.filter(pk="welcome").delete()
    group = Group.objects.get(name="finance")
    group.permissions.clear()
    said: list[str] = []
    migrate(said.append)
    assert Scenario.objects.filter(pk="welcome").exists()
    assert group.permissions.exists()
    assert said == []
