"""Web push to every browser that the member allowed."""

import json
from collections import defaultdict
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.conf import settings

from accounts.domain.notifications import links
from accounts.domain.notifications.channels.base import Sending
from accounts.domain.notifications.outcome import Outcome
from accounts.domain.notifications.reach import Reach
from accounts.domain.notifications.sender import Sender
from accounts.models import Message, PushSubscription
from accounts.models.notification import Category, Channel, Reason
from loyalty.lib.rows import id_set

if TYPE_CHECKING:
    from pywebpush import WebPushException

_GONE = (404, 410)
_SECONDS = 10
# How long a push service keeps what it can't deliver yet; of log-ins only minutes are of use.
_KEPT, _KEPT_SECURITY = timedelta(days=2), timedelta(minutes=30)
_LONGEST_BODY = 300


class PushSending(Sending):
    """Calls go side by side: a push service answers within tens of milliseconds, and there may be several browsers."""

    slug = Channel.PUSH
    position = 20
    at_once = 8
    provider = "push"

    def __init__(self, sender: Sender) -> None:
        # Brings aiohttp along, a tenth of all that a process would load at its start.
        import requests
        from py_vapid import Vapid02

        self._sender = sender
        self._by_member: dict[int, list[PushSubscription]] = {}
        self._gone: list[int] = []
        self._session = requests.Session()
        self._vapid = Vapid02.from_string(settings.VAPID_PRIVATE_KEY) if settings.VAPID_PRIVATE_KEY else None
        self.per_second = settings.PUSH_PER_SECOND

    def prepare(self, messages: list[Message]) -> None:
        """Read the browsers of the chunk's members."""
        self._by_member = defaultdict(list)
        for one in PushSubscription.objects.filter(member_id__in=id_set({message.member_id for message in messages})).order_by("pk"):
            self._by_member[one.member_id].append(one)

    def send(self, message: Message, to: Reach, *, now: datetime) -> Outcome:
        """Push to the member's browsers: accepted if any of them took it."""
        if self._vapid is None:
            return Outcome(reason=Reason.REFUSED, error="VAPID_PRIVATE_KEY is not set")
        outcomes = [self._push(one, message) for one in self._by_member.get(message.member_id, [])]
        accepted = [outcome for outcome in outcomes if outcome.is_accepted]
        if accepted:
            return accepted[0]
        # Worth another try, else refused, else nobody is left to tell.
        unsettled = sorted(outcomes, key=lambda outcome: (outcome.reason is not None, outcome.reason == Reason.UNVERIFIED))
        return unsettled[0] if unsettled else Outcome(reason=Reason.UNVERIFIED, error="no browser is left")

    def settle(self, *, now: datetime) -> None:
        """Forget the browsers whose subscriptions have ended."""
        if self._gone:
            PushSubscription.objects.filter(pk__in=id_set(self._gone)).delete()
            self._gone.clear()

    def close(self) -> None:
        """Hang up."""
        self._session.close()

    def _push(self, browser: PushSubscription, message: Message) -> Outcome:
        import requests
        from pywebpush import WebPushException, webpush

        payload = {
            "title": message.title,
            "body": message.body[:_LONGEST_BODY],
            "url": links.tracked(message, site_url=self._sender.site_url),
            # A repetition replaces the first on the screen.
            "tag": f"m{message.pk}",
            "lang": message.language,
        }
        security = message.category == Category.SECURITY
        try:
            webpush(
                {"endpoint": browser.endpoint, "keys": {"p256dh": browser.p256dh, "auth": browser.auth}},
                data=json.dumps(payload, ensure_ascii=False),
                vapid_private_key=self._vapid,
                vapid_claims={"sub": settings.VAPID_CONTACT or f"mailto:{self._sender.support_email or 'webmaster@localhost'}"},
                ttl=int((_KEPT_SECURITY if security else _KEPT).total_seconds()),
                headers={"Urgency": "high" if security else "normal", "Topic": f"m{message.pk}"},
                timeout=_SECONDS,
                requests_session=self._session,
            )
        except WebPushException as error:
            return self._failed(error, browser)
        except (requests.RequestException, ValueError) as error:
            return Outcome(error=type(error).__name__, is_outage=isinstance(error, requests.RequestException))
        return Outcome()

    def _failed(self, error: "WebPushException", browser: PushSubscription) -> Outcome:
        status = error.response.status_code if error.response is not None else 0
        if status in _GONE:
            self._gone.append(browser.pk)
            return Outcome(reason=Reason.UNVERIFIED, error=f"answered {status}")
        if 400 <= status < 500 and status != HTTPStatus.TOO_MANY_REQUESTS:
            return Outcome(reason=Reason.REFUSED, error=f"answered {status}")
        return Outcome(error=f"answered {status}", is_outage=status >= 500)
