"""E-mail by Django's backends or any service that django-anymail knows: HTML and text, one-click leaving (RFC 8058)."""

import smtplib
from datetime import datetime
from email.utils import parseaddr
from functools import cache
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils.crypto import salted_hmac

from accounts.domain.notifications import links, receipts, unsubscribe
from accounts.domain.notifications.channels.base import Sending
from accounts.domain.notifications.mail_look import Look, look
from accounts.domain.notifications.outcome import Outcome
from accounts.domain.notifications.reach import Reach
from accounts.domain.notifications.sender import Sender
from accounts.domain.notifications.unsubscribe import Leaving
from accounts.models import Message
from accounts.models.notification import Category, Channel, Reason

# Answers of a mail service that mean “later”: not logged in, asked too often.
_LATER = (401, 403, 408, 429)


class EmailSending(Sending):
    """One connection for the chunk. A mail keeps its Message-ID at every attempt, so that a repetition can be recognised."""

    slug = Channel.EMAIL
    position = 30

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._connection: Any = None
        self._looks: dict[tuple[str, bool], Look] = {}
        self._bounced: list[str] = []
        self.provider = f"mail:{esp()}"
        self.per_second = settings.EMAIL_PER_SECOND

    def prepare(self, messages: list[Message]) -> None:
        """Nothing: a mail carries its own text."""

    def send(self, message: Message, to: Reach, *, now: datetime) -> Outcome:
        """Send one mail."""
        # With an HTTP client: only who sends loads it.
        from anymail.exceptions import AnymailAPIError, AnymailRecipientsRefused, AnymailRequestsAPIError

        mail = self.mail(message, to)
        if self._connection is None:
            self._connection = get_connection()
        try:
            self._connection.open()
            self._connection.send_messages([mail])
        except (smtplib.SMTPRecipientsRefused, AnymailRecipientsRefused) as error:
            return self._refused(error, to)
        except AnymailRequestsAPIError as error:
            status = error.status_code or 500
            if 400 <= status < 500 and status not in _LATER:
                return Outcome(reason=Reason.REFUSED, error=f"answered {status}")
            return self._outage(error)
        except (smtplib.SMTPException, AnymailAPIError, OSError) as error:
            return self._outage(error)
        status = getattr(mail, "anymail_status", None)
        provider_id = str(getattr(status, "message_id", None) or mail.extra_headers["Message-ID"])
        return Outcome(provider_id=provider_id[:120])

    def mail(self, message: Message, to: Reach) -> EmailMultiAlternatives:
        """The mail, ready to be sent."""
        category = Category(message.category)
        can_leave = not category.is_locked
        shape = self._look(message.language, can_leave)
        link = links.tracked(message, site_url=self._sender.site_url)
        leave = unsubscribe.link(Leaving(message.member_id, category, Channel.EMAIL), site_url=self._sender.site_url) if can_leave else ""
        headers = {"Message-ID": message_id(message), "Auto-Submitted": "auto-generated"}
        if can_leave:
            headers |= {"List-Unsubscribe": f"<{leave}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        mail = EmailMultiAlternatives(
            subject=message.title, body=shape.text(message, link=link, unsubscribe=leave), to=[to.email], headers=headers, connection=self._connection
        )
        mail.attach_alternative(shape.html(message, link=link, unsubscribe=leave), "text/html")
        # For mail services: their events then name the category.
        mail.tags = [str(category)]  # type: ignore[attr-defined]
        return mail

    def settle(self, *, now: datetime) -> None:
        """Addresses that the server refused for good get nothing further."""
        for contact in self._bounced:
            receipts.note_bad_contact(Channel.EMAIL, contact, reason="bounced", now=now)
        self._bounced.clear()

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _look(self, language: str, can_leave: bool) -> Look:
        if (language, can_leave) not in self._looks:
            self._looks[language, can_leave] = look(self._sender, language=language, can_leave=can_leave)
        return self._looks[language, can_leave]

    def _refused(self, error: Exception, to: Reach) -> Outcome:
        codes = [code for code, _text in getattr(error, "recipients", {}).values()] if isinstance(error, smtplib.SMTPRecipientsRefused) else [550]
        if codes and all(500 <= code < 600 for code in codes):
            self._bounced.append(to.email)
            return Outcome(reason=Reason.BOUNCED, error=f"refused with {codes[0]}")
        return Outcome(error=f"refused for now with {codes[0] if codes else 0}")

    def _outage(self, error: Exception) -> Outcome:
        self.close()
        return Outcome(error=type(error).__name__, is_outage=True)


def esp() -> str:
    """Which mail service the settings name: the module of the backend (smtp, mailgun, …)."""
    parts = str(settings.EMAIL_BACKEND).split(".")
    return parts[-2] if len(parts) > 1 else parts[0]


def message_id(message: Message) -> str:
    """The mail's own name, the same at every attempt."""
    mark = salted_hmac("accounts.message_id", str(message.pk)).hexdigest()[:12]
    return f"<{message.pk}.{mark}@{_host(settings.DEFAULT_FROM_EMAIL)}>"


@cache
def _host(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2] or "localhost"
