"""Icons, and the navigation made of them."""

from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def lookup(mapping: dict[Any, Any], key: Any) -> Any:
    """mapping[key], empty when there is none."""
    return mapping.get(key, "")


@register.simple_tag
def icon(name: str, classes: str = "i") -> SafeString:
    """A decorative icon of the sprite: {% icon "clock" "i i-s" %}; coins are "coin", "coin-s", "coin-o"."""
    symbol = name if name.startswith("coin") else f"i-{name}"
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', classes, static("icons.svg"), symbol)


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
