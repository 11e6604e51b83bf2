"""The kinds of messages: category, placeholders, first words. Staff switch and reword them in admin.

Adding one is adding an entry here and telling it from where the fact is known. Points, levels and quests are told by their own
apps, as plain values. Placeholders have a kind (formats.KINDS); `name` (the member's first name) and `link` are always there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_noop as _

from accounts.models.notification import Category


@dataclass(frozen=True, slots=True)
class ScenarioKind:
    """What a scenario is. The texts are msgids; `placeholders` maps a name to its kind, `sample` to a value for previews.

    `days_before`: of those that come before something ends, how long before; staff may choose otherwise.
    """

    slug: str
    category: Category
    about: str
    title: str
    body: str
    sms: str
    button: str
    url: str
    placeholders: Mapping[str, str] = field(default_factory=dict)
    sample: Mapping[str, Any] = field(default_factory=dict)
    days_before: int | None = None


_ALL = (
    ScenarioKind(
        slug="welcome",
        category=Category.SERVICE,
        about=_("Welcome: somebody has joined"),
        title=_("Welcome to {programme}"),
        body=_("Your card is ready. Show it at the till, and points come with every purchase."),
        sms=_("{programme}: your card is ready. {link}"),
        button=_("Show the card"),
        url="/card/",
    ),
    ScenarioKind(
        slug="points_available",
        category=Category.POINTS_CREDITED,
        about=_("Points became available"),
        title=_("Available now: {points}"),
        body=_("You can pay with them from today. The most of a purchase that points can pay is shown at each partner."),
        sms=_("{programme}: {points} available now. {link}"),
        button=_("See the points"),
        url="/history/",
        placeholders={"points": "points"},
        sample={"points": 240},
    ),
    ScenarioKind(
        slug="points_expiring",
        category=Category.POINTS_EXPIRING,
        about=_("Points expire in 30, 7 or 1 days"),
        title=_("Points about to expire: {points}"),
        body=_("The first of them go on {date}. Here is what expires when, and where you can spend them nearby."),
        sms=_("{programme}: {points} expire, the first on {date}. {link}"),
        button=_("Where to spend them"),
        url="/partners/",
        placeholders={"points": "points", "date": "day", "days": "days"},
        sample={"points": 410, "date": "2026-12-31", "days": 30},
    ),
    ScenarioKind(
        slug="points_spent",
        category=Category.POINTS_SPENT,
        about=_("Confirmation of a spend"),
        title=_("Paid with points: {points}"),
        body=_("Where: {partner}. If it wasn't you, block the card at once and write to us."),
        sms=_("{programme}: paid with {points} ({partner}). Not you? {link}"),
        button=_("See the purchase"),
        url="/history/",
        placeholders={"points": "points", "partner": "text"},
        sample={"points": 120, "partner": "Зерно и пар"},
    ),
    ScenarioKind(
        slug="level_reached",
        category=Category.LEVEL_AND_QUESTS,
        about=_("A level was reached"),
        title=_("Your level is now “{level}”"),
        body=_("What it gives is on the page of levels."),
        sms=_("{programme}: your level is now “{level}”. {link}"),
        button=_("What the level gives"),
        url="/level/",
        placeholders={"level": "named"},
        sample={"level": {"ru": "Мельхиор", "en": "Nickel silver"}},
    ),
    ScenarioKind(
        slug="level_at_risk",
        category=Category.LEVEL_AND_QUESTS,
        about=_("A level is at risk"),
        title=_("Level “{level}”: keep it until {until}"),
        body=_("To stay on it you need a little more by then: {need}."),
        sms=_("{programme}: to keep “{level}” until {until} you need {need}. {link}"),
        button=_("How to keep it"),
        url="/level/",
        placeholders={"level": "named", "until": "day", "need": "text"},
        sample={"level": {"ru": "Мельхиор", "en": "Nickel silver"}, "until": "2026-12-31", "need": ("tokens", 7)},
    ),
    ScenarioKind(
        slug="quest_completed",
        category=Category.LEVEL_AND_QUESTS,
        about=_("A quest is finished"),
        title=_("Quest finished: {quest}"),
        body=_("Your reward: {reward}."),
        sms=_("{programme}: quest “{quest}” finished, reward {reward}. {link}"),
        button=_("Other quests"),
        url="/quests/",
        placeholders={"quest": "named", "reward": "reward"},
        sample={"quest": {"ru": "Новая линия", "en": "New line"}, "reward": {"tokens": 3, "points": 50}},
    ),
    ScenarioKind(
        slug="quest_ending",
        category=Category.LEVEL_AND_QUESTS,
        about=_("A quest ends soon"),
        title=_("Quest “{quest}” ends {date}"),
        body=_("{about}\n\nLeft: {left} of {target}. The reward: {reward}."),
        sms=_("{programme}: quest “{quest}” ends {date}. {link}"),
        button=_("See the quest"),
        url="/quests/",
        placeholders={"quest": "named", "about": "named", "date": "day", "left": "number", "target": "number", "reward": "reward"},
        sample={
            "quest": {"ru": "Новая линия", "en": "New line"},
            "about": {"ru": "Покупки у пяти разных партнёров", "en": "Purchases at five different partners"},
            "date": "2026-12-31",
            "left": 1,
            "target": 5,
            "reward": {"tokens": 3, "points": 50},
        },
        days_before=3,
    ),
    ScenarioKind(
        slug="birthday",
        category=Category.OFFERS,
        about=_("Birthday"),
        title=_("Happy birthday, {name}"),
        body=_("We wish you a good year. Have a look at what partners offer today."),
        sms=_("{programme}: happy birthday. {link}"),
        button=_("See the offers"),
        url="/offers/",
    ),
    ScenarioKind(
        slug="miss_you",
        category=Category.OFFERS,
        about=_("“We miss you”, after the member's own usual gap"),
        title=_("You haven't been here for {days}"),
        body=_("On your account: {points}. They wait for your next purchase."),
        sms=_("{programme}: {points} wait for you. {link}"),
        button=_("See the partners"),
        url="/partners/",
        placeholders={"days": "days", "points": "points"},
        sample={"days": 42, "points": 640},
    ),
    ScenarioKind(
        slug="card_blocked",
        category=Category.SECURITY,
        about=_("A card was blocked"),
        title=_("Card {card} is blocked"),
        body=_("It no longer works at tills. If it wasn't you who asked for it, write to us."),
        sms=_("{programme}: card {card} is blocked. Not you? {link}"),
        button=_("See the card"),
        url="/card/",
        placeholders={"card": "text"},
        sample={"card": "•••• 4417"},
    ),
    ScenarioKind(
        slug="answer",
        category=Category.SERVICE,
        about=_("Our answer to a member's letter"),
        title=_("Answer to your letter No. {letter}"),
        body="{answer}",
        sms=_("{programme}: we answered your letter. {link}"),
        button=_("See the letter"),
        url="/write/",
        placeholders={"letter": "text", "answer": "text"},
        sample={"letter": "128", "answer": "Баллы за покупку начислены."},
    ),
    ScenarioKind(
        slug="letter_received",
        category=Category.SERVICE,
        about=_("Receipt for a member's letter"),
        title=_("We have your letter No. {letter}"),
        body=_("We will answer here and by e-mail.\n\nYou wrote:\n{text}"),
        sms=_("{programme}: we have your letter. {link}"),
        button=_("See the letter"),
        url="/write/",
        placeholders={"letter": "text", "text": "text"},
        sample={"letter": "128", "text": "Не пришли баллы."},
    ),
)
BY_SLUG: dict[str, ScenarioKind] = {kind.slug: kind for kind in _ALL}
# The text of these is in the message's own words: staff write them each time.
BROADCAST, DIGEST = "broadcast", "digest"
