"""Where providers report what became of messages. Each proves itself by its signature; nothing else gets in."""

from importlib import import_module

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.domain.notifications import receipts
from accounts.domain.notifications.channels.email import esp
from accounts.sms import smsc as smsc_sms
from accounts.sms import smsru as smsru_sms

# Module of the backend → the class that checks and reads this service's calls.
_TRACKING = {
    "amazon_ses": "AmazonSESTrackingWebhookView",
    "brevo": "BrevoTrackingWebhookView",
    "mailersend": "MailerSendTrackingWebhookView",
    "mailgun": "MailgunTrackingWebhookView",
    "mailjet": "MailjetTrackingWebhookView",
    "mandrill": "MandrillCombinedWebhookView",
    "postal": "PostalTrackingWebhookView",
    "postmark": "PostmarkTrackingWebhookView",
    "resend": "ResendTrackingWebhookView",
    "sendgrid": "SendGridTrackingWebhookView",
    "sparkpost": "SparkPostTrackingWebhookView",
    "unisender_go": "UnisenderGoTrackingWebhookView",
}
_MOST_DATA = 100


@csrf_exempt
def email(request: HttpRequest, name: str) -> HttpResponse:
    """Events of the mail service in use. Needs ANYMAIL_WEBHOOK_SECRET (“user:password” of the address given to the service)."""
    if name != esp() or name not in _TRACKING or not settings.ANYMAIL.get("WEBHOOK_SECRET"):
        raise Http404
    view = getattr(import_module(f"anymail.webhooks.{name}"), _TRACKING[name]).as_view()
    answer: HttpResponse = view(request)
    return answer


@csrf_exempt
@require_POST
def smsc(request: HttpRequest) -> HttpResponse:
    """A delivery receipt of SMSC.ru."""
    if not settings.SMSC_SECRET:
        raise Http404
    receipt = smsc_sms.receipt(request.POST.dict())
    if receipt is None:
        return HttpResponseBadRequest("wrong signature", content_type="text/plain")
    receipts.record(receipt, now=timezone.now())
    return HttpResponse("OK", content_type="text/plain")


@csrf_exempt
@require_POST
def smsru(request: HttpRequest) -> HttpResponse:
    """Delivery receipts of SMS.ru, up to a hundred in a call. They want 100 for an answer."""
    if not settings.SMSRU_API_ID:
        raise Http404
    data = [request.POST[f"data[{n}]"] for n in range(_MOST_DATA) if f"data[{n}]" in request.POST]
    found = smsru_sms.receipts(data, signature=request.POST.get("hash", ""))
    if found is None:
        return HttpResponseBadRequest("wrong signature", content_type="text/plain")
    for receipt in found:
        receipts.record(receipt, now=timezone.now())
    return HttpResponse("100", content_type="text/plain")
