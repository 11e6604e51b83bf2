"""Ways of sending text messages, one class in one file each: SMS_BACKEND names the one in use by its slug."""

from django.conf import settings

from accounts.domain.notifications.sms_backend import SmsBackend
from loyalty.lib.registry import Registry

BACKENDS = Registry(__name__, SmsBackend)


def in_use() -> SmsBackend:
    """The backend that the settings name. Raises KeyError for an unknown one (the system check says so before)."""
    return BACKENDS[settings.SMS_BACKEND]()
