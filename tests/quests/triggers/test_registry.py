"""Every kind has its file."""

from quests.triggers import TRIGGERS, choices, trigger_of
from quests.triggers.base import Trigger


def test_every_file_is_a_trigger_that_says_what_it_asks_for() -> None:
    assert len(TRIGGERS) >= 19
    for slug, trigger in TRIGGERS.items():
        assert isinstance(trigger_of(slug), Trigger)
        assert (trigger.slug, trigger.__module__) == (slug, f"quests.triggers.{slug}")
        assert str(trigger.label)


def test_the_choices_are_the_kinds_in_their_order() -> None:
    assert [slug for slug, _label in choices()] == list(TRIGGERS)
    assert [trigger.position for trigger in TRIGGERS.values()] == sorted({trigger.position for trigger in TRIGGERS.values()})
