"""Committed facts and the consumers that react to them.

Enters: facts that another room writes in its own transaction (`record`), and consumers that register themselves.
Each event has exactly one effect a consumer, however often a sweep is stopped.
"""

from loyalty.domain.events.events import News, announce, behind, consumer, dismiss, names, record, retry, sweep, unregister, wake_with

__all__ = ["News", "announce", "behind", "consumer", "dismiss", "names", "record", "retry", "sweep", "unregister", "wake_with"]
