"""The one programme: its settings, its staff roles, who its messages come from.

Enters: keys and values that staff change.
Everything else takes the programme as an argument.
"""

from loyalty.domain.programme.programme import KEYS, LOCKED, current, is_locked, read_values, set_values, show
from loyalty.domain.programme.roles import ADMINISTRATOR, CATALOGUE_EDITOR, FINANCE, MARKETING, ROLES, SUPPORT, has_role, install_roles
from loyalty.domain.programme.sender import current_sender, sender_of

__all__ = [
    "ADMINISTRATOR",
    "CATALOGUE_EDITOR",
    "FINANCE",
    "KEYS",
    "LOCKED",
    "MARKETING",
    "ROLES",
    "SUPPORT",
    "current",
    "current_sender",
    "has_role",
    "install_roles",
    "is_locked",
    "read_values",
    "sender_of",
    "set_values",
    "show",
]
