"""Friends who bought."""

from django.utils.translation import gettext_lazy as _

from quests.triggers.base import DeedTrigger


class Friends(DeedTrigger):
    """Counts friends who joined by the member's invitation and bought, each once (the event FRIEND_BOUGHT)."""

    slug = "friends"
    label = _("friends who joined and bought")
    position = 190
    hint = _("Friends are those who joined by the member's invitation and bought: they need invitations to be on.")
