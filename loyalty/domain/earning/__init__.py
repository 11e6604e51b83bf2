"""What a purchase earns and what its return takes back, and why. Pure: no query, no clock.

Enters: lines, terms, level, offers; quotes and recorded orders use the same functions.
Points are whole, money is Decimal with 2 places, rates in percent.
"""

from loyalty.domain.earning.rates import Accrual, Exclusions, Rate, points_for
from loyalty.domain.earning.receipt import ZERO, ReceiptLine, less, make_receipt, most_points, worth
from loyalty.domain.earning.returns import Original, OriginalLine, Returned, assess_return, assess_unknown_return

__all__ = [
    "ZERO",
    "Accrual",
    "Exclusions",
    "Original",
    "OriginalLine",
    "Rate",
    "ReceiptLine",
    "Returned",
    "assess_return",
    "assess_unknown_return",
    "less",
    "make_receipt",
    "most_points",
    "points_for",
    "worth",
]
