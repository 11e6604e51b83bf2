"""The fixed vocabularies that the programme and its partners share."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SpendRequires(models.TextChoices):
    """What a spend at a till needs; the programme's rule, which a partner may override."""

    TOKEN = "token", _("a one-time code from the member's phone")
    CONFIRMATION = "confirmation", _("the member's consent on the phone")
    CARD = "card", _("the card number alone")


# For whoever chooses one of them.
WHAT_SPENDS_NEED = _(
    "With the code of the phone the card number alone only earns. With consent the till waits until the member agrees on the phone. "
    "By card number alone whoever holds the card can spend: for plastic, and only with the lock open."
)


class DeskRole(models.TextChoices):
    """What somebody may do at a partner's desk. Each role includes those before it."""

    VIEWER = "viewer", _("viewer")
    EDITOR = "editor", _("editor")
    MANAGER = "manager", _("manager")

    def covers(self, needed: "DeskRole") -> bool:
        """Whether this role may do what `needed` may."""
        order = list(DeskRole)
        return order.index(self) >= order.index(needed)
