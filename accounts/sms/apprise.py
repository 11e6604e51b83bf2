"""Any provider that Apprise knows (Twilio, Vonage, Sinch and some forty more), without delivery receipts.

APPRISE_SMS_URL is its address with {to} for the number, as in twilio://SID:TOKEN@+15550100/{to} (https://github.com/caronc/apprise).
"""

from urllib.parse import quote

from django.conf import settings

from accounts.domain.notifications.sms_backend import Accepted, SmsBackend, SmsOutage


class AppriseSms(SmsBackend):
    """Sends through Apprise. It says yes or no only: a no counts as an outage and is tried again."""

    slug = "apprise"

    def send(self, *, to: str, text: str, key: str) -> Accepted:
        """Hand one text over."""
        import apprise  # knows a hundred services, and takes its time to load them

        service = apprise.Apprise()
        if not service.add(settings.APPRISE_SMS_URL.replace("{to}", quote(to, safe=""))):
            raise SmsOutage("APPRISE_SMS_URL is not understood")
        if not service.notify(body=text, body_format=apprise.NotifyFormat.TEXT):
            raise SmsOutage("not accepted")
        return Accepted(is_final=True)
