"""What is of no use any more is forgotten."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tasks import tidy
from tests.accounts.conftest import Post
from tests.accounts.walk import begin
from tests.factories.accounts import MemberFactory

pytestmark = pytest.mark.django_db


def test_unfinished_sign_ups_go_after_a_day_and_members_stay(client: Client, post: Post, settings: pytest.FixtureRequest) -> None:
    settings.REDIS_URL = ""  # type: ignore[attr-defined]
    MemberFactory(with_login=True)
    begin(client)
    assert tidy()["sign_ups"] == 0
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        done = tidy()
    assert (done["sign_ups"], User.objects.count()) == (1, 1)
    assert done["counters"] > 0
