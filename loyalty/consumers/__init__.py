"""Consumers of events. Importing this package registers them (loyalty.apps does); each is one file."""

from loyalty.consumers import levels, notifications, webhooks

__all__ = ["levels", "notifications", "webhooks"]
