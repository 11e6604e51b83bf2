"""When and how often a member wants to hear from us."""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.domain.notifications.preferences import Preferences
from accounts.models.notification import Digest

_HALF_HOURS = [time(hour, minute) for hour in range(24) for minute in (0, 30)]
_A_DAY, _A_WEEK = (0, 1, 2, 3, 5, 10, 20), (0, 1, 2, 3, 5, 7, 10, 20, 50)

# Where members live, from west to east. Another zone that support has set stays in the list of its member.
ZONES = {
    "Europe/Kaliningrad": _("Kaliningrad"),
    "Europe/Chisinau": _("Chisinau"),
    "Europe/Riga": _("Riga"),
    "Europe/Minsk": _("Minsk"),
    "Europe/Moscow": _("Moscow"),
    "Europe/Samara": _("Samara"),
    "Asia/Tbilisi": _("Tbilisi"),
    "Asia/Yerevan": _("Yerevan"),
    "Asia/Yekaterinburg": _("Yekaterinburg"),
    "Asia/Almaty": _("Almaty"),
    "Asia/Omsk": _("Omsk"),
    "Asia/Novosibirsk": _("Novosibirsk"),
    "Asia/Krasnoyarsk": _("Krasnoyarsk"),
    "Asia/Irkutsk": _("Irkutsk"),
    "Asia/Yakutsk": _("Yakutsk"),
    "Asia/Vladivostok": _("Vladivostok"),
    "Asia/Magadan": _("Magadan"),
    "Asia/Kamchatka": _("Kamchatka"),
}


class RhythmForm(forms.Form):
    """When and how often: quiet hours on the member's clock, caps, digest. The matrix next to it is read by the view."""

    is_quiet = forms.BooleanField(label=_("Quiet hours"), required=False, widget=forms.CheckboxInput(attrs={"class": "switch"}))
    quiet_from = forms.TypedChoiceField(label=pgettext_lazy("hours", "From"), coerce=time.fromisoformat)
    quiet_until = forms.TypedChoiceField(label=pgettext_lazy("hours", "Until"), coerce=time.fromisoformat)
    timezone = forms.ChoiceField(label=_("By the clock of"), required=False)
    cap_day = forms.TypedChoiceField(label=_("A day"), coerce=int)
    cap_week = forms.TypedChoiceField(label=_("A week"), coerce=int)
    digest = forms.TypedChoiceField(label=_("E-mails"), coerce=Digest)

    def __init__(self, known: Preferences, *, zone: ZoneInfo, data: Any = None) -> None:
        initial = {
            "is_quiet": known.is_quiet,
            "quiet_from": f"{known.quiet_from:%H:%M}",
            "quiet_until": f"{known.quiet_until:%H:%M}",
            "timezone": known.timezone,
            "cap_day": known.cap_day,
            "cap_week": known.cap_week,
            "digest": known.digest,
        }
        super().__init__(data, initial=initial)
        for name in ("quiet_from", "quiet_until"):
            chosen = getattr(known, name)
            self._offer(name, [(f"{clock:%H:%M}",) * 2 for clock in sorted({*_HALF_HOURS, chosen})])
        self._offer("timezone", _zones(known.timezone, zone))
        self._offer("cap_day", [(str(most), _most(most)) for most in sorted({*_A_DAY, known.cap_day})])
        self._offer("cap_week", [(str(most), _most(most)) for most in sorted({*_A_WEEK, known.cap_week})])
        self._offer("digest", [(Digest.OFF, gettext("at once")), (Digest.DAILY, gettext("once a day")), (Digest.WEEKLY, gettext("once a week"))])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]


def _zones(chosen: str, default: ZoneInfo) -> list[tuple[str, str]]:
    known = {"": gettext("the programme (%(zone)s)") % {"zone": _place(str(default))}}
    known |= {zone: str(name) for zone, name in ZONES.items()}
    if chosen:
        known.setdefault(chosen, _place(chosen))
    return [(zone, f"{name}, {_offset(ZoneInfo(zone) if zone else default)}") for zone, name in known.items()]


def _place(zone: str) -> str:
    return str(ZONES.get(zone, zone.rpartition("/")[2].replace("_", " ")))


def _offset(zone: ZoneInfo) -> str:
    seconds = datetime.now(zone).utcoffset().total_seconds()  # type: ignore[union-attr]
    hours, minutes = divmod(abs(int(seconds)) // 60, 60)
    return f"UTC{'−' if seconds < 0 else '+'}{hours}" + (f":{minutes:02d}" if minutes else "")


def _most(most: int) -> str:
    if most == 0:
        return gettext("none")
    return gettext("at most %(most)d") % {"most": most}
