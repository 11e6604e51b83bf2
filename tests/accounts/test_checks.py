"""What the check at the start refuses."""

from typing import Any

from django.core.checks import run_checks


def test_a_way_of_sending_texts_that_is_not_there_is_refused_with_the_choices(settings: Any) -> None:
    settings.SMS_BACKEND = "pigeon"
    [error] = [one for one in run_checks() if one.id == "accounts.E001"]
    assert "pigeon" in error.msg
    assert error.hint == "It is one of apprise, console, file, none, outbox, smsc, smsru."
    settings.SMS_BACKEND = "smsc"
    assert not [one for one in run_checks() if one.id == "accounts.E001"]
