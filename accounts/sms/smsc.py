"""SMSC.ru: https://smsc.ru/api/http/. SMSC_API_KEY, or SMSC_LOGIN and SMSC_PASSWORD; SMSC_SENDER is the agreed sender name."""

import hashlib
import hmac
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from django.conf import settings

from accounts.domain.notifications.receipts import Receipt, Verdict
from accounts.domain.notifications.sms_backend import Accepted, SmsBackend, SmsBusy, SmsOutage, SmsRefused
from accounts.sms.base import post

# Their error codes: 6 the text or sender is forbidden, 7 no such number, 8 this number can't be reached.
_REFUSED = {6: "the text or the sender is forbidden", 7: "the number has a wrong format", 8: "the number can't be reached"}
# 9: the same request again within a minute, or too many at once.
_BUSY = {9: "the same message was sent a moment ago"}
# 1 wrong parameters, 2 wrong password, 3 no money, 4 the address is blocked, 5 wrong date: nothing will get through.
_DELIVERED = {1, 2, 4}
# 3 too late, 20 impossible, 22 wrong number, 23 forbidden, 24 no money, 25 the number can't be reached.
_UNDELIVERED = {3, 20, 22, 23, 24, 25}
_WRONG_NUMBER = 22


class SmscSms(SmsBackend):
    """Sends through SMSC.ru with our own message ids, so that a receipt finds its message even if the answer was lost."""

    slug = "smsc"
    reports = True

    def send(self, *, to: str, text: str, key: str) -> Accepted:
        """Hand one text over."""
        fields = {"phones": to, "mes": text, "id": key, "cost": "3", "fmt": "3", "charset": "utf-8"}
        if settings.SMSC_API_KEY:
            fields["apikey"] = settings.SMSC_API_KEY
        else:
            fields |= {"login": settings.SMSC_LOGIN, "psw": settings.SMSC_PASSWORD}
        if settings.SMSC_SENDER:
            fields["sender"] = settings.SMSC_SENDER
        answer = post(f"{settings.SMSC_URL}/sys/send.php", fields)
        if "error_code" in answer or "error" in answer:
            code = answer.get("error_code")
            if code in _REFUSED:
                raise SmsRefused(_REFUSED[code])
            if code in _BUSY:
                raise SmsBusy(_BUSY[code])
            raise SmsOutage(f"error {code}")
        if not answer.get("id"):
            raise SmsOutage("the answer has no id")
        return Accepted(provider_id=str(answer["id"]), cost=_money(answer.get("cost")))

    def may_report(self) -> bool:
        return bool(settings.SMSC_SECRET)

    def receipts(self, fields: Mapping[str, str]) -> list[Receipt] | None:
        """One receipt, if its signature is right: the hash of “id:phone:status:secret”."""
        text = ":".join([fields.get("id", ""), fields.get("phone", ""), fields.get("status", ""), settings.SMSC_SECRET]).encode()
        # Both are their choice, not ours.
        expected, signed = (hashlib.sha1(text), fields["sha1"]) if "sha1" in fields else (hashlib.md5(text), fields.get("md5", ""))  # noqa: S324
        if not self.may_report() or not hmac.compare_digest(expected.hexdigest(), signed.lower()):
            return None
        try:
            status = int(fields.get("status", ""))
        except ValueError:
            return None
        return [Receipt(self.slug, fields.get("id", ""), _verdict(status), error=f"status {status}, error {fields.get('err', '0')[:10]}")]


def _verdict(status: int) -> Verdict:
    if status in _DELIVERED:
        return Verdict.DELIVERED
    if status == _WRONG_NUMBER:
        return Verdict.HARD_BOUNCE
    return Verdict.UNDELIVERED if status in _UNDELIVERED else Verdict.UNDERWAY


def _money(value: object) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
