"""Icons, states drawn with them, the navigation made of them; and how templates put words on a line."""

import re
from typing import Any, NamedTuple

from django import template
from django.templatetags.static import static
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.filter(is_safe=True)
def one_line(text: str) -> str:
    """What stands in several indented lines of a template as one: breaks and indents go, spaces inside a line stay.

    For words that must not get a space between them: {% filter one_line %} … {% endfilter %}. A break inside a
    text of the database has no indent after it, and stays.
    """
    return re.sub(r"\n[ \t]+|\n$", "", text.lstrip())


@register.filter
def lookup(mapping: dict[Any, Any], key: Any) -> Any:
    """mapping[key], empty when there is none."""
    return mapping.get(key, "")


@register.simple_tag
def icon(name: str, classes: str = "i") -> SafeString:
    """A decorative icon of the sprite: {% icon "clock" "i i-s" %}; coins are "coin", "coin-s", "coin-o"."""
    symbol = name if name.startswith("coin") else f"i-{name}"
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', classes, static("icons.svg"), symbol)


class Tag(NamedTuple):
    """A state in short: `look` is its class (ok, wait, bad, ac or none), `icon` a name of the sprite."""

    look: str
    icon: str
    words: str | Promise


class NoteLook(NamedTuple):
    """How a message of the site stands on the page: its class, its icon, the role that screen readers hear."""

    look: str
    icon: str
    role: str


_NOTES = {"error": NoteLook("bad", "alert", "alert"), "warning": NoteLook("wait", "alert", "status")}


@register.filter
def note_look(level: str) -> NoteLook:
    """The look of a message by its level; what is neither an error nor a warning is good news."""
    return _NOTES.get(level, NoteLook("ok", "check", "status"))


@register.filter
def drawn(tag: Tag) -> SafeString:
    """A state as a coloured tag with its icon."""
    return format_html('<span class="{}">{}{}</span>', f"tag {tag.look}".strip(), icon(tag.icon), tag.words)


@register.simple_tag(takes_context=True)
def tab(context: template.Context, href: str, symbol: str, label: str) -> SafeString:
    """One entry of the main navigation; it is current on its own page and on the pages below it."""
    path = context["request"].path
    here = (
        path == href
        or (href != "/" and path.startswith(href))
        or (symbol == "receipt" and path.startswith("/orders/"))
        or (symbol == "quest" and path.startswith("/level/"))
    )
    current = SafeString(' aria-current="page"') if here else ""
    return format_html('<li><a href="{}"{}>{}{}</a></li>', href, current, icon(symbol), label)
