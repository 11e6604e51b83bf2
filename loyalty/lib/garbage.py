"""How often Python looks for reference cycles. Left as it is, that takes a third of the time of a call of the API.

Django keeps some hundred thousand objects for good, and each full look visits all of them; reading a thousand rows
begins several. What isn't in a cycle is freed at once either way.
"""

import gc

# Objects made since the last look: some megabytes at most, if all of them were in cycles.
_LOOK_AFTER = 50_000


def look_rarely() -> None:
    """Look less often, in this process. For every process."""
    gc.set_threshold(_LOOK_AFTER, 20, 20)


def settle() -> None:
    """Never again look at what exists now. For processes that have loaded all their code and stay."""
    gc.collect()
    gc.freeze()
