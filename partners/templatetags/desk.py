"""What the pages of a partner's desk need."""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from loyalty.templatetags.symbols import Tag, icon
from partners.domain.desk.differences import Fragment
from partners.models import ChangeKind, ChangeState, DeliveryState, ListingChange, WebhookEndpoint

register = template.Library()

# The rarer pages stand below “More” for readers, not by their addresses.
_BEHIND_MORE = ("people/", "invitations/", "keys/", "webhooks/")
_STATES = {
    ChangeState.DRAFT: Tag("", "edit", _("draft")),
    ChangeState.WAITING: Tag("wait", "clock", _("under review")),
    ChangeState.APPROVED: Tag("ok", "check", _("published")),
    ChangeState.REJECTED: Tag("bad", "alert", _("rejected")),
    ChangeState.WITHDRAWN: Tag("", "undo", _("withdrawn")),
}
_DELIVERIES = {
    DeliveryState.PENDING: Tag("wait", "clock", DeliveryState.PENDING.label),
    DeliveryState.DELIVERED: Tag("ok", "check", DeliveryState.DELIVERED.label),
    DeliveryState.FAILED: Tag("bad", "alert", DeliveryState.FAILED.label),
}


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


@register.filter
def change_state(state: str) -> Tag:
    """Where a change of the listing stands."""
    return _STATES[ChangeState(state)]


@register.filter
def subject(change: ListingChange) -> str:
    """What a change is about: the listing's texts, a new outlet, or an outlet by name."""
    if change.kind == ChangeKind.LISTING:
        return gettext("Texts and pictures")
    if change.kind == ChangeKind.NEW_OUTLET or change.outlet is None:
        return gettext("New outlet")
    return change.outlet.name


@register.filter
def subject_named(change: ListingChange) -> str:
    """The same in a list, with the name of a new outlet too."""
    if change.kind == ChangeKind.NEW_OUTLET:
        return gettext("New outlet: %(name)s") % {"name": change.proposed.get("name", "")}
    return subject(change)


@register.filter
def form_address(change: ListingChange) -> str:
    """Where a draft is edited further."""
    slug = change.partner.slug
    if change.kind == ChangeKind.LISTING:
        return reverse("desk_listing_edit", args=[slug])
    if change.kind == ChangeKind.OUTLET:
        return reverse("desk_outlet", args=[slug, change.outlet_id])
    return reverse("desk_outlet_draft", args=[slug, change.pk])


@register.filter
def webhook_state(endpoint: WebhookEndpoint) -> Tag:
    """Whether an address takes what is sent to it."""
    if not endpoint.is_active:
        return Tag("bad", "close", pgettext("webhook", "off"))
    if endpoint.failing_since:
        return Tag("wait", "alert", pgettext("webhook", "fails"))
    return Tag("ok", "check", pgettext("webhook", "works"))


@register.filter
def marked(part: Fragment) -> SafeString | str:
    """A piece of a compared text: what is gone and what is new are marked as such."""
    if part.kind == "same":
        return part.text
    return format_html("<del>{}</del>" if part.kind == "gone" else "<ins>{}</ins>", part.text)


@register.filter
def delivery_state(state: str) -> Tag:
    """What became of a message to a partner's system."""
    return _DELIVERIES[DeliveryState(state)]
