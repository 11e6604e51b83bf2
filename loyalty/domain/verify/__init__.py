"""Checks every invariant that the other rooms promise. Read only.

Enters: nothing but an instant; each check is one query that yields what breaks it.
`verify` runs all of them, those of each room in `rooms/<room>.py`.
"""

from loyalty.domain.verify.running import count, verify
from loyalty.domain.verify.statements import statements_agree

__all__ = ["count", "statements_agree", "verify"]
