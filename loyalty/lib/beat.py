"""What the clock sets off. A task says beside itself how often; Celery's beat reads it here (settings.CELERY_BEAT_SCHEDULE)."""

from collections.abc import Callable
from typing import Any

# By the name of the task. It fills as the apps' modules of tasks are imported, which beat does before it looks.
SCHEDULE: dict[str, dict[str, Any]] = {}


def every[**P, R](seconds: float, *, void: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let beat call the task every so many seconds: written below @app.task. `void`: a call that nobody took before the next is dropped."""

    def schedule(task: Callable[P, R]) -> Callable[P, R]:
        name = f"{task.__module__}.{task.__name__}"
        SCHEDULE[name] = {"task": name, "schedule": float(seconds), **({"options": {"expires": seconds}} if void else {})}
        return task

    return schedule
