"""Filters and tags of the pages of quests and levels."""

from decimal import ROUND_DOWN, Decimal
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

from loyalty.domain.cabinet import LadderStep
from loyalty.enums import Measure
from loyalty.templatetags.dates import day
from loyalty.templatetags.numbers import MINUS, days, money, negative, num, signed
from loyalty.templatetags.symbols import Tag, icon
from quests.domain.queries.cards import QuestCard
from quests.domain.queries.quest_detail import TimelineItem
from quests.enums import QuestState, ReturnPolicy

register = template.Library()

# A bar has as many segments as there are steps, up to this; more look smooth.
SEGMENTS = 10
# What stands in a quest's timeline, by its kind: an icon, and the words where they are the same for all.
_STEPS = {
    "taken": ("quest", _("You took the quest")),
    "purchase": ("receipt", None),
    "return": ("undo", None),
    "deed": ("star", None),
    "completed": ("check", _("The quest is completed")),
    "taken_back": ("undo", _("A return took the reward back")),
}
_RETURNS = {
    ReturnPolicy.TAKE_BACK: _("A return takes back what its purchase added, and the reward if it no longer stands."),
    ReturnPolicy.KEEP_COMPLETED: _("A return takes back what its purchase added. What is completed stays completed."),
    ReturnPolicy.IGNORE: _("Returns change nothing here."),
}


@register.filter
def tokens(value: Any) -> str:
    """A number of tokens in words: “3 tokens”."""
    count = int(value or 0)
    return ngettext("%(number)s\u00a0token", "%(number)s\u00a0tokens", abs(count)) % {"number": num(count)}


@register.filter
def token_word(value: Any) -> str:
    """The word that goes with a number shown next to it."""
    return ngettext("token", "tokens", abs(int(value or 0)))


@register.simple_tag
def coins(count: int) -> SafeString:
    """Up to three coins and the number; read as “3 tokens”."""
    drawn = format_html_join("", "{}", ((icon("coin-s", "coin"),) for _ in range(min(count, 3))))
    return format_html('<span class="coins">{}{}<span class="vh"> {}</span></span>', drawn, num(count), token_word(count))


@register.simple_tag
def amount(card: QuestCard, value: Any, currency: str) -> str:
    """A value in the unit of the quest: money, or a plain number. Negative ones with a minus."""
    if card.is_money:
        return money(value, currency)
    return num(value)


@register.simple_tag
def change(card: QuestCard, value: Any, currency: str) -> str:
    """What something added to a quest or took from it: “+1”, “−640 ₽”."""
    number = Decimal(value or 0)
    text = money(abs(number), currency) if card.is_money else num(abs(number))
    return f"{MINUS if number < 0 else '+'}{text}"


@register.filter
def steps(card: QuestCard) -> int:
    """The `max` of the bar: each step of short quests, percent of long ones and of money."""
    return int(card.target) if not card.is_money and card.target <= SEGMENTS else 100


@register.filter
def stepped(card: QuestCard) -> int:
    """The `value` of the bar."""
    return min(int(card.value), int(card.target)) if steps(card) == card.target else card.share


@register.simple_tag
def threshold(step: LadderStep, measure: Measure, currency: str) -> str:
    """What reaches a level: “30 tokens or purchases of ₽60,000”; the lowest takes nothing."""
    by_tokens, by_money = tokens(step.tokens), gettext("purchases of %(money)s") % {"money": money(step.turnover, currency)}
    return _joined(by_tokens, by_money, step.tokens, step.turnover, measure)


@register.simple_tag
def missing(step: LadderStep, measure: Measure, currency: str) -> str:
    """What is left to reach a level: “7 tokens”."""
    by_money = gettext("purchases of %(money)s") % {"money": money(step.turnover_left, currency)}
    return _joined(tokens(step.tokens_left), by_money, step.tokens_left, step.turnover_left, measure)


@register.simple_tag
def keeping(ladder: Any, currency: str) -> str:
    """What is left to keep the level beyond its end; empty when nothing is."""
    if ladder.measure == Measure.EITHER and not (ladder.keep_tokens and ladder.keep_turnover):
        return ""
    by_money = gettext("purchases of %(money)s") % {"money": money(ladder.keep_turnover, currency)}
    return _joined(tokens(ladder.keep_tokens), by_money, ladder.keep_tokens, ladder.keep_turnover, ladder.measure)


def _joined(by_tokens: str, by_money: str, count: int, turnover: Decimal, measure: Measure) -> str:
    if measure == Measure.TOKENS:
        return by_tokens if count else ""
    if measure == Measure.TURNOVER:
        return by_money if turnover else ""
    if measure == Measure.EITHER:
        return gettext("%(one)s or %(other)s") % {"one": by_tokens, "other": by_money} if count and turnover else ""
    both = [text for text, some in ((by_tokens, count), (by_money, turnover)) if some]
    return gettext("%(one)s and %(other)s") % {"one": both[0], "other": both[1]} if len(both) == 2 else "".join(both)


@register.filter
def by_tokens(measure: Measure) -> bool:
    """Whether tokens raise the level, so that the way is drawn in tokens."""
    return measure != Measure.TURNOVER


@register.filter
def worth(percent_a_month: Decimal, pct: Decimal) -> Decimal:
    """What so many percent are worth a month, in whole units of money, rounded down."""
    return (percent_a_month * pct).quantize(Decimal(1), rounding=ROUND_DOWN)


@register.inclusion_tag("quests/_home.html")
def home_quests() -> dict[str, Any]:
    """The place of level and quests on the home page; a script fills it in."""
    return {}


@register.filter
def metal(number: int) -> str:
    """The classes of a coin of that metal, 1 to 4."""
    return f"coin m{number}"


@register.filter
def unlocal(number: int) -> str:
    """A number for a program: without signs between the digits."""
    return str(int(number or 0))


@register.filter
def step_icon(item: TimelineItem) -> str:
    """The picture of a step of the timeline."""
    return _STEPS[item.kind][0]


@register.filter
def step_title(item: TimelineItem) -> str:
    """What the step was: the partner of a purchase, or what happened."""
    words = _STEPS[item.kind][1]
    if words is not None:
        return str(words)
    if item.kind == "return":
        return gettext("Return, %(name)s") % {"name": item.partner}
    return item.partner if item.kind == "purchase" else item.detail or gettext("Done by you")


@register.filter
def step_reward(item: TimelineItem) -> str:
    """What was given or taken back: “3 tokens”, “−3 tokens”, “+100”."""
    if item.tokens:
        return tokens(item.tokens) if item.was_given else f"{MINUS}{tokens(item.tokens)}"
    if not item.points:
        return ""
    return signed(item.points) if item.was_given else negative(item.points)


@register.filter
def state_tag(card: QuestCard) -> Tag:
    """What a quest waits for, or how it ended; one that counts shows its progress instead."""
    if card.can_take:
        return Tag("ac", "plus", gettext("can be taken"))
    if card.state == QuestState.LOCKED:
        return Tag("", "lock", _key(card))
    if card.state == QuestState.WAITING:
        return Tag("ok", "check", pgettext("quest", "completed"))
    if card.state == QuestState.DONE:
        return Tag("ok", "check", gettext("completed %(day)s") % {"day": day(card.completed_on)})
    return Tag("", "hourglass", pgettext("quest", "time is over"))


def _key(card: QuestCard) -> str:
    """What opens a quest."""
    if card.locked_by:
        return gettext("opens after “%(title)s”") % {"title": card.locked_by[0]}
    if card.needs_level:
        return gettext("from the level “%(name)s”") % {"name": card.needs_level}
    return gettext("opens on %(day)s") % {"day": day(card.opens_on)}


@register.filter
def deadline(card: QuestCard) -> str:
    """Until when: “until 4 December”, “7 days to do it”, “again from 1 December”; empty for what is done."""
    if card.state == QuestState.WAITING:
        return gettext("again from %(day)s") % {"day": day(card.again_on)}
    if card.can_take and card.days_to_do:
        return gettext("%(days)s to do it") % {"days": days(card.days_to_do)}
    if card.last_day and card.state != QuestState.DONE:
        words = gettext("was open until %(day)s") if card.state == QuestState.EXPIRED else gettext("until %(day)s")
        return words % {"day": day(card.last_day)}
    return "" if card.is_over else gettext("without a deadline")


@register.filter
def nothing_yet(card: QuestCard) -> str:
    """What stands in place of a timeline without steps."""
    if card.can_take:
        return gettext("Take the quest, and your first step will stand here.")
    if card.state == QuestState.LOCKED:
        return gettext("Your first step will stand here once the quest is open.")
    if card.state == QuestState.EXPIRED:
        return gettext("Nothing counted in time.")
    return gettext("Your first step will stand here, with the purchase that made it.")


@register.filter
def returns_words(policy: ReturnPolicy) -> str:
    """What a return does to the quest."""
    return str(_RETURNS[policy])
