"""How the history and the pages of purchases tell what happened to points."""

from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import gettext, gettext_lazy

from loyalty.enums import EntryKind
from loyalty.templatetags.numbers import cut

register = template.Library()

# What an entry that no purchase explains is called.
TITLES = {
    EntryKind.REDEMPTION: gettext_lazy("Points spent"),
    EntryKind.EXPIRY: gettext_lazy("Points ran out"),
    EntryKind.TRANSFER_OUT: gettext_lazy("Sent to a member"),
    EntryKind.TRANSFER_IN: gettext_lazy("Received from a member"),
    EntryKind.ADJUSTMENT: gettext_lazy("Adjustment"),
    EntryKind.QUEST: gettext_lazy("Quest reward"),
    EntryKind.REFERRAL: gettext_lazy("For an invited friend"),
    EntryKind.WELCOME: gettext_lazy("Welcome points"),
    EntryKind.BIRTHDAY: gettext_lazy("Birthday points"),
    EntryKind.REWARD: gettext_lazy("Reward"),
    EntryKind.OFFER: gettext_lazy("Offer"),
    EntryKind.IMPORT: gettext_lazy("Opening balance"),
    EntryKind.RETURN_ACCRUAL: gettext_lazy("Return"),
    EntryKind.RETURN_REDEMPTION: gettext_lazy("Return"),
    EntryKind.ACCRUAL: gettext_lazy("Purchase"),
}


@register.filter
def kind_title(kind: str) -> str:
    """What happened, in words: “Welcome points”."""
    return str(TITLES[EntryKind(kind)])


@register.filter
def rounding_gap(explanation: dict[str, Any]) -> Decimal:
    """What rounding added or took, so that the parts shown (2 decimals) and the total add up."""
    return Decimal(explanation["total"]) - sum((cut(part["exact"], 2) for part in explanation["parts"]), Decimal(0))


@register.filter
def why_nothing(explanation: dict[str, Any]) -> str:
    """Why a purchase earned nothing, as a sentence; empty where its lines have said it, or nothing is known."""
    if not explanation.get("parts"):
        return ""
    if Decimal(explanation["eligible"]) > 0:
        if any(Decimal(part["pct"]) for part in explanation["parts"]):
            return gettext("The purchase was too small for a whole point.")
        return gettext("The partner gave no points for purchases on that day.")
    return "" if explanation["excluded"] else gettext("Nothing was paid in money, and points are earned on money.")
