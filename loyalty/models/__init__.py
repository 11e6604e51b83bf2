from loyalty.models.demo import DemoLoad
from loyalty.models.events import Backlog, ConsumerMark, DeadLetter, Event
from loyalty.models.idempotency import StoredAnswer
from loyalty.models.ledger import Allocation, Debt, Entry, Hold, HoldPin, Lot
from loyalty.models.levels import Ladder, Level, LevelHistory, LevelOverride, Rung, TokenEntry
from loyalty.models.orders import Order, OrderLine, Return, ReturnLine
from loyalty.models.programme import Programme
from loyalty.models.settlement import SettlementMonth, Statement
from loyalty.models.spending import SpendSettings, UsedSpendToken

__all__ = [
    "Allocation",
    "Backlog",
    "ConsumerMark",
    "DeadLetter",
    "Debt",
    "DemoLoad",
    "Entry",
    "Event",
    "Hold",
    "HoldPin",
    "Ladder",
    "Level",
    "LevelHistory",
    "LevelOverride",
    "Lot",
    "Order",
    "OrderLine",
    "Programme",
    "Return",
    "ReturnLine",
    "Rung",
    "SettlementMonth",
    "SpendSettings",
    "Statement",
    "StoredAnswer",
    "TokenEntry",
    "UsedSpendToken",
]
