"""What to call the device behind a browser's signature: “Chrome, Android”."""

from django.utils.translation import gettext

# The order decides: every Edge and Opera calls itself Chrome too, and every Chrome Safari.
_BROWSERS = (
    ("YaBrowser", "Yandex Browser"),
    ("EdgA", "Edge"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_MOBILE = frozenset({"Android", "iPhone", "iPad"})


def device_name(user_agent: str) -> str:
    """A browser and a system in words; “Unknown device” for anything that doesn't say."""
    known = [_first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)]
    return ", ".join(part for part in known if part) or gettext("Unknown device")


def is_mobile(user_agent: str) -> bool:
    """Whether it is a phone or a tablet."""
    return _first(_SYSTEMS, user_agent) in _MOBILE


def _first(table: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for mark, name in table if mark in user_agent), "")
