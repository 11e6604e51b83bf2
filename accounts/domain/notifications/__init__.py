"""Telling members: who wants what (preferences), what is written (queue), how it leaves (sending), what came of it (receipts)."""
