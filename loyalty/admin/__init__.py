"""Admin pages of the programme, its ledger and the audit log."""

from loyalty.admin import audit, dead_letter, events, ledger, levels, orders, programme, settlement

__all__ = ["audit", "dead_letter", "events", "ledger", "levels", "orders", "programme", "settlement"]
