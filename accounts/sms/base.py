"""One call to a provider's HTTP interface: bounded in time, an answer in JSON or an outage."""

from collections.abc import Mapping
from typing import Any

from accounts.domain.notifications.sms_backend import SmsOutage

CONNECT_SECONDS, READ_SECONDS = 4.0, 10.0


def post(url: str, fields: Mapping[str, str]) -> dict[str, Any]:
    """Post a form. Raises SmsOutage: no answer in time, an error status, no JSON. Its text holds nothing of the message."""
    # Loaded by the first call: receipts come in through the same module.
    import requests

    try:
        answer = requests.post(url, data=dict(fields), timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False)
    except requests.Timeout:
        raise SmsOutage("no answer in time") from None
    except requests.RequestException as error:
        raise SmsOutage(f"the call broke off ({type(error).__name__})") from None
    if answer.status_code != requests.codes.ok:
        raise SmsOutage(f"answered {answer.status_code}")
    try:
        body = answer.json()
    except ValueError:
        raise SmsOutage("the answer is no JSON") from None
    if not isinstance(body, dict):
        raise SmsOutage("the answer is no object")
    return body
