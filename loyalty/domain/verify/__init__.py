"""Checks every invariant that the other rooms promise. Read only.

Enters: nothing but an instant; each check is one query that yields what breaks it.
`verify` runs all of them.
"""

from loyalty.domain.verify.ledger import COUNT, verify
from loyalty.domain.verify.statements import statements_agree

__all__ = ["COUNT", "statements_agree", "verify"]
