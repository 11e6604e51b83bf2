from loyalty.models.demo import DemoLoad
from loyalty.models.events import Event
from loyalty.models.ledger import Allocation, Debt, Entry, Hold, HoldPin, Lot
from loyalty.models.orders import Order, OrderLine, Return, ReturnLine
from loyalty.models.programme import Programme

__all__ = ["Allocation", "Debt", "DemoLoad", "Entry", "Event", "Hold", "HoldPin", "Lot", "Order", "OrderLine", "Programme", "Return", "ReturnLine"]
