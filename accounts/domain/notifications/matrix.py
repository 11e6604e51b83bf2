"""The defaults of the matrix category × channel, and what of it can't be changed."""

from accounts.models.notification import OUTSIDE, Category, Channel

# What is on until the member says otherwise. SMS costs money and patience: only for security.
_ON: dict[Category, tuple[Channel, ...]] = {
    Category.POINTS_CREDITED: (Channel.PUSH,),
    Category.POINTS_SPENT: (Channel.EMAIL, Channel.PUSH),
    Category.POINTS_EXPIRING: (Channel.EMAIL, Channel.PUSH),
    Category.LEVEL_AND_QUESTS: (Channel.PUSH,),
    Category.OFFERS: (Channel.EMAIL, Channel.PUSH),
    Category.PARTNER_NEWS: (Channel.EMAIL,),
    Category.SECURITY: (Channel.EMAIL, Channel.SMS, Channel.PUSH),
    Category.SERVICE: (Channel.EMAIL, Channel.PUSH),
}


def is_on_by_default(category: Category, channel: Channel) -> bool:
    """Whether a category goes by a channel for a member who chose nothing. The inbox always holds everything."""
    return channel == Channel.INBOX or channel in _ON[category]


def fallback(category: Category) -> tuple[Channel, ...]:
    """The ways, best first, by which a category that can't be silenced reaches a member who has no other left on."""
    if not category.is_locked:
        return ()
    return (Channel.EMAIL, Channel.SMS) if category == Category.SECURITY else (Channel.EMAIL,)


def cells() -> list[tuple[Category, Channel]]:
    """Every cell that a member can see, in the order of the page."""
    return [(category, channel) for category in Category for channel in OUTSIDE]
