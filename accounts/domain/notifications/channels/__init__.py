"""The ways that leave the cabinet, one class in one file each, in the order in which they send."""

from accounts.domain.notifications.channels.base import Sending
from loyalty.lib.registry import Registry

CHANNELS = Registry(__name__, Sending)
