"""Admin pages of the programme, its ledger and the audit log."""

from loyalty.admin import audit, events, ledger, orders, programme

__all__ = ["audit", "events", "ledger", "orders", "programme"]
