"""How many examples tests by random examples run: few in CI, the same every time; many in `make torture`, different every time."""

import os

from hypothesis import HealthCheck, Phase, settings

# ZHETON_EXAMPLES=500: at least that many of each.
MANY = int(os.environ.get("ZHETON_EXAMPLES", "0"))


def examples(few: int, *, steps: tuple[int, int] | None = None) -> settings:
    """Settings of a test: `few` examples, or ZHETON_EXAMPLES if that is more. `steps` of a state machine: in a short run, in a long one.

    ZHETON_SHRINK=1 shortens what fails, which takes minutes.
    """
    return settings(
        max_examples=max(few, MANY),
        **({"stateful_step_count": steps[bool(MANY)]} if steps else {}),
        deadline=None,
        derandomize=not MANY,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate, *([Phase.shrink] if os.environ.get("ZHETON_SHRINK") else [])],
        report_multiple_bugs=False,
    )
