"""What the pages of a partner's desk need."""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from loyalty.templatetags.symbols import icon

register = template.Library()

# The rarer pages stand below “More” for readers, not by their addresses.
_BEHIND_MORE = ("people/", "invitations/", "keys/", "webhooks/")


@register.simple_tag(takes_context=True)
def desk_tab(context: template.Context, page: str, symbol: str, label: str) -> SafeString:
    """An entry of the desk's navigation: {% desk_tab "desk_listing" "edit" label %}. Current on its page and on those below it."""
    request = context["request"]
    href = reverse(page, args=[request.desk.partner.slug])
    here = request.path == href or (page != "desk_overview" and request.path.startswith(href))
    if page == "desk_more":
        below = request.path.removeprefix(reverse("desk_overview", args=[request.desk.partner.slug]))
        here = here or below.startswith(_BEHIND_MORE)
    current = SafeString(' aria-current="page"') if here else ""
    return format_html('<li><a href="{}"{}>{}{}</a></li>', href, current, icon(symbol), label)
