"""Forms of the partner's desk."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loyalty.web.fields import EmailField
from partners.enums import DeskRole

ROLE_HINTS = {
    DeskRole.VIEWER: _("sees the figures and the listing"),
    DeskRole.EDITOR: _("also edits texts, pictures and outlets"),
    DeskRole.MANAGER: _("also invites people, keeps keys and webhooks"),
}


def role_choices() -> list[tuple[str, Any]]:
    """The roles as a list to choose from."""
    return [(role.value, role.label) for role in DeskRole]


class InvitationForm(forms.Form):
    """Who is invited, and as what."""

    email = EmailField(label=_("E-mail"))
    role = forms.ChoiceField(label=_("Role"), choices=role_choices, widget=forms.Select(attrs={"class": "inp"}), initial=DeskRole.EDITOR)


class RoleForm(forms.Form):
    """Another role for somebody."""

    role = forms.ChoiceField(label=_("Role"), choices=role_choices, widget=forms.Select(attrs={"class": "inp"}))
