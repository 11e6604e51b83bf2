"""Who messages come from: the programme as plain data, because this app knows no programme."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Sender:
    """The programme's name, time zone, look and addresses. `site_url` has no slash at its end."""

    name: str
    zone: ZoneInfo
    site_url: str
    base_colour: str = "#14453a"
    accent_colour: str = "#c2983f"
    support_email: str = ""
    support_phone: str = ""
    consent_version: str = "1"
