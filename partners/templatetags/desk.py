"""What the pages of a partner's desk need."""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from loyalty.templatetags.cabinet import icon

register = template.Library()


@register.simple_tag(takes_context=True)
def desk_tab(context: template.Context, page: str, symbol: str, label: str) -> SafeString:
    """An entry of the desk's navigation: {% desk_tab "desk_listing" "edit" label %}. Current on its page and on those below it."""
    request = context["request"]
    href = reverse(page, args=[request.desk.partner.slug])
    here = request.path == href or (page != "desk_overview" and request.path.startswith(href))
    current = SafeString(' aria-current="page"') if here else ""
    return format_html('<li><a href="{}"{}>{}{}</a></li>', href, current, icon(symbol), label)
