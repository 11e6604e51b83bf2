"""Recording purchases and returns that partners report, one or thousands, each exactly once; files and quotes of them.

Enters: documents whose member, partner and outlet are known; names from outside are resolved by the till or by the file's reader.
Posted in the order of `occurred_at`, each judged at its own instant.
"""

from loyalty.domain.orders.loading import ImportResult, import_orders
from loyalty.domain.orders.quotes import Quote, quote
from loyalty.domain.orders.recording import Document, Outcome, ReturnOf, Sale, posting_order, record

__all__ = ["Document", "ImportResult", "Outcome", "Quote", "ReturnOf", "Sale", "import_orders", "posting_order", "quote", "record"]
