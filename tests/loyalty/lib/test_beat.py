"""A task says beside itself how often beat calls it."""

from importlib import import_module

from loyalty.lib.beat import SCHEDULE, every


def test_each_task_of_the_clock_is_known_by_its_own_name() -> None:
    for app in ("accounts", "loyalty", "partners", "quests"):
        import_module(f"{app}.tasks")
    seconds = {name: entry["schedule"] for name, entry in SCHEDULE.items() if not name.startswith("tests.")}
    assert len(seconds) == 17
    assert seconds["loyalty.tasks.expire_points"] == seconds["quests.tasks.remind_of_endings"] == 600
    # What nobody took before the next call is void.
    assert SCHEDULE["loyalty.tasks.sweep_events"] == {"task": "loyalty.tasks.sweep_events", "schedule": 5.0, "options": {"expires": 5}}


def test_a_schedule_changes_nothing_of_the_task() -> None:
    def task() -> int:
        return 7

    try:
        assert every(60)(task) is task
        assert SCHEDULE[f"{__name__}.task"] == {"task": f"{__name__}.task", "schedule": 60.0}
    finally:
        del SCHEDULE[f"{__name__}.task"]
