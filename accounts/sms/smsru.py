"""SMS.ru: https://sms.ru/api. SMSRU_API_ID; SMSRU_SENDER is the agreed sender name."""

import hashlib
import hmac
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from django.conf import settings

from accounts.domain.notifications.receipts import Receipt, Verdict
from accounts.domain.notifications.sms_backend import Accepted, SmsBackend, SmsBusy, SmsOutage, SmsRefused
from accounts.sms.base import post

_OK = 100
# Of one message: wrong number or no route, no text, sender not agreed, too long, the number is on a stop list.
_REFUSED = {202, 203, 204, 205, 207, 209, 213, 214}
# Their limits for one number or text, and a night pause of theirs.
_BUSY = {206, 220, 230, 231, 232, 233}
_DELIVERED = {103, 110}
_UNDELIVERED = {104, 105, 106, 107, 108, 150}
_WRONG_NUMBER = {207}
_MOST_DATA = 100


class SmsRuSms(SmsBackend):
    """Sends through SMS.ru. They know no key of ours: a repetition after a lost answer can't be recognised."""

    slug = "smsru"
    reports = True
    heard = "100"

    def send(self, *, to: str, text: str, key: str) -> Accepted:
        """Hand one text over."""
        number = to.lstrip("+")
        fields = {"api_id": settings.SMSRU_API_ID, "to": number, "msg": text, "json": "1"}
        if settings.SMSRU_SENDER:
            fields["from"] = settings.SMSRU_SENDER
        answer = post(f"{settings.SMSRU_URL}/sms/send", fields)
        code = answer.get("status_code")
        if code != _OK:
            _raise(code)
        one = (answer.get("sms") or {}).get(number)
        if not isinstance(one, dict):
            raise SmsOutage("the answer lacks our number")
        if one.get("status_code") != _OK:
            _raise(one.get("status_code"))
        try:
            cost = Decimal(str(one["cost"])) if "cost" in one else None
        except InvalidOperation:
            cost = None
        return Accepted(provider_id=str(one.get("sms_id", "")), cost=cost)

    def may_report(self) -> bool:
        return bool(settings.SMSRU_API_ID)

    def receipts(self, fields: Mapping[str, str]) -> list[Receipt] | None:
        """Up to a hundred receipts (each “sms_status, id, status, time” on lines of its own), if the signature is right.

        It is the SHA-256 of the api_id and all the data.
        """
        data = [fields[f"data[{n}]"] for n in range(_MOST_DATA) if f"data[{n}]" in fields]
        expected = hashlib.sha256((settings.SMSRU_API_ID + "".join(data)).encode()).hexdigest()
        if not self.may_report() or not hmac.compare_digest(expected, fields.get("hash", "").lower()):
            return None
        found = []
        for one in data:
            what, *rest = one.splitlines()
            if what == "sms_status" and len(rest) >= 2 and rest[1].isdigit():
                found.append(Receipt(self.slug, rest[0], _verdict(int(rest[1])), error=f"status {rest[1][:6]}"))
        return found


def _raise(code: object) -> None:
    if code in _REFUSED:
        raise SmsRefused(f"error {code}")
    if code in _BUSY:
        raise SmsBusy(f"error {code}")
    raise SmsOutage(f"error {code}")


def _verdict(status: int) -> Verdict:
    if status in _DELIVERED:
        return Verdict.DELIVERED
    if status in _WRONG_NUMBER:
        return Verdict.HARD_BOUNCE
    return Verdict.UNDELIVERED if status in _UNDELIVERED else Verdict.UNDERWAY
