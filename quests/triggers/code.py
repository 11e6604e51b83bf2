"""Codes found at places."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quests.triggers.base import DeedTrigger

USES = (("once", _("each member once")), ("daily", _("each member once a day")), ("single", _("one member only")))


class Code(DeedTrigger):
    """Counts codes found: each once, or once a day (see quests/domain/deeds.py)."""

    slug = "code"
    label = _("codes found at places")
    position = 180
    needs = ("codes",)

    def fields(self) -> dict[str, forms.Field]:
        return {
            "codes": forms.CharField(
                required=False, label=_("Codes"), help_text=_("One a line: the code, a space, and where it hangs."), widget=forms.Textarea
            ),
            "code_use": forms.ChoiceField(choices=USES, required=False, label=_("A code counts")),
        }

    def kept(self, values: Mapping[str, Any]) -> dict[str, Any]:
        lines = [line.strip().partition(" ") for line in (values.get("codes") or "").splitlines() if line.strip()]
        codes = [{"code": code, "title": title.strip()} for code, _space, title in lines]
        return {"codes": codes, "code_use": values.get("code_use") or "once"}

    def filled_in(self, kept: Mapping[str, Any]) -> dict[str, Any]:
        codes = "\n".join(f"{one['code']} {one.get('title', '')}".strip() for one in kept.get("codes", ()))
        return {"codes": codes, "code_use": kept.get("code_use")}
