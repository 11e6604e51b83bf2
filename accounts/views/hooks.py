"""Where providers report what became of messages. Each proves itself by its signature; nothing else gets in."""

from importlib import import_module

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.domain.notifications import receipts
from accounts.domain.notifications.channels.email import esp
from accounts.sms import BACKENDS

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
def sms(request: HttpRequest, slug: str) -> HttpResponse:
    """Delivery receipts of a provider of texts, whether or not it is the one in use now."""
    backend = BACKENDS[slug]()
    if not backend.may_report():
        raise Http404
    found = backend.receipts(request.POST.dict())
    if found is None:
        return HttpResponseBadRequest("wrong signature", content_type="text/plain")
    for receipt in found:
        receipts.record(receipt, now=timezone.now())
    return HttpResponse(backend.heard, content_type="text/plain")
