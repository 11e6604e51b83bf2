"""A channel for messages switched on."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.notification import Category, Channel
from quests.triggers.base import StateTrigger

_NEWS = [str(category) for category in Category if category.is_marketing]


def _chosen(channel: Channel) -> Q:
    return Q(notification_choices__channel=channel, notification_choices__is_on=True, notification_choices__category__in=_NEWS)


class ChannelOn(StateTrigger):
    """Counts channels: a device that takes pushes, and those on which the member has switched offers or partner news on."""

    slug = "channel"
    label = _("a channel for messages switched on")
    position = 160
    fulfilled = (("push", Q(push_subscriptions__isnull=False)), ("email", _chosen(Channel.EMAIL)), ("sms", _chosen(Channel.SMS)))
