"""The admin's frame: title, colours and navigation in the programme's words, and the start page. Named in settings.UNFOLD."""

from typing import Any

from auditlog.models import LogEntry
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from loyalty.admin import audit
from loyalty.lib.colour import role
from loyalty.web import brand
from loyalty.web.page import programme_of

_LATEST = 10
# unfold's steps of a palette: lightness in OKLCH.
_STEPS = {50: 0.977, 100: 0.946, 200: 0.902, 300: 0.827, 400: 0.714, 500: 0.66, 600: 0.45, 700: 0.4, 800: 0.34, 900: 0.28, 950: 0.2}
_BASE_STEPS = {50: 0.985, 100: 0.967, 200: 0.928, 300: 0.872, 400: 0.707, 500: 0.551, 600: 0.446, 700: 0.373, 800: 0.278, 900: 0.21, 950: 0.145}


def title(request: HttpRequest) -> str:
    """The programme's name."""
    return programme_of(request).name


def icon(request: HttpRequest) -> str:
    """The programme's logo."""
    return brand.logo_url(programme_of(request))


def favicon(request: HttpRequest) -> str:
    """The programme's token, for the browser's tab."""
    return brand.icon_url(programme_of(request), 180, maskable=False)


def language_action(request: HttpRequest) -> str:
    """Where the language switch posts."""
    return reverse("preferences")


def colours(request: HttpRequest) -> dict[str, dict[str, str]]:
    """unfold's palettes in the hue of the brand colour, at lightness steps that keep the contrast of its own."""
    base = programme_of(request).brand_base
    return {
        "base": {str(step): role(base, lightness, 0.012) for step, lightness in _BASE_STEPS.items()},
        "primary": {str(step): role(base, lightness, 0.09) for step, lightness in _STEPS.items()},
        "font": {
            "subtle-light": "var(--color-base-500)",
            "subtle-dark": "var(--color-base-400)",
            "default-light": "var(--color-base-600)",
            "default-dark": "var(--color-base-300)",
            "important-light": "var(--color-base-900)",
            "important-dark": "var(--color-base-100)",
        },
    }


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The side bar: what this staff user may see, in the words of the domain."""
    groups = [
        (
            gettext("Members"),
            [
                (gettext("Members"), "groups", "accounts_member"),
                (gettext("Cards"), "badge", "accounts_card"),
                (gettext("Orders"), "receipt_long", "loyalty_order"),
                (gettext("Returns"), "undo", "loyalty_return"),
            ],
        ),
        (
            gettext("Catalogue"),
            [
                (gettext("Partners"), "storefront", "partners_partner"),
                (gettext("Outlets"), "pin_drop", "partners_outlet"),
                (gettext("Terms"), "contract", "partners_terms"),
                (gettext("Settlement"), "payments", "loyalty_settlementmonth"),
                (gettext("Categories"), "category", "partners_category"),
                (gettext("Changes of listings"), "rate_review", "partners_listingchange"),
                (gettext("Reports of outlets"), "report", "partners_outletreport"),
                (gettext("Partners' people"), "group", "partners_partneruser"),
                (gettext("Invitations"), "mail", "partners_invitation"),
            ],
        ),
        (
            gettext("Quests and levels"),
            [
                (gettext("Quests"), "flag", "quests_quest"),
                (gettext("Quest groups"), "category", "quests_questgroup"),
                (gettext("Progress"), "trending_up", "quests_progress"),
                (gettext("Rules of levels"), "stairs", "loyalty_ladder"),
                (gettext("Levels"), "military_tech", "loyalty_level"),
                (gettext("Levels of members"), "history", "loyalty_levelhistory"),
                (gettext("Tokens"), "generating_tokens", "loyalty_tokenentry"),
            ],
        ),
        (
            gettext("Ledger"),
            [
                (gettext("Entries"), "list_alt", "loyalty_entry"),
                (gettext("Lots"), "toll", "loyalty_lot"),
                (gettext("Holds"), "lock_clock", "loyalty_hold"),
                (gettext("Debts"), "money_off", "loyalty_debt"),
                (gettext("Allocations"), "account_tree", "loyalty_allocation"),
                (gettext("Events"), "bolt", "loyalty_event"),
            ],
        ),
        (
            gettext("Messages"),
            [
                (gettext("Scenarios"), "edit_note", "accounts_scenario"),
                (gettext("Broadcasts"), "campaign", "accounts_broadcast"),
                (gettext("Messages sent"), "mail", "accounts_message"),
                (gettext("Letters from members"), "forum", "accounts_contactrequest"),
                (gettext("Providers of messages"), "cell_tower", "accounts_providerstate"),
            ],
        ),
        (
            gettext("Connections"),
            [
                (gettext("API keys"), "key", "partners_apikey"),
                (gettext("Webhooks"), "webhook", "partners_webhookendpoint"),
                (gettext("Webhook messages"), "outgoing_mail", "partners_webhookdelivery"),
                (gettext("Dead letters"), "report", "loyalty_deadletter"),
            ],
        ),
        (
            gettext("Programme"),
            [
                (gettext("Programme settings"), "tune", "loyalty_programme"),
                (gettext("Users and roles"), "manage_accounts", "accounts_user"),
                (gettext("Audit log"), "history", "auditlog_logentry"),
            ],
        ),
    ]
    shown = []
    for name, items in groups:
        allowed = [
            {"title": label, "icon": symbol, "link": reverse(f"admin:{model}_changelist")}
            for label, symbol, model in items
            if _may_view(request, *model.split("_", 1))
        ]
        if allowed:
            shown.append({"title": name, "separator": True, "items": allowed})
    return shown


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The start page: finding a member, and what colleagues changed last."""
    context["title"] = gettext("Start")
    context["may_find_members"] = _may_view(request, "accounts", "member")
    if _may_view(request, "auditlog", "logentry"):
        latest = list(LogEntry.objects.filter(actor__is_staff=True).select_related("actor", "content_type").order_by("-pk")[:_LATEST])
        for row in latest:
            row.object_in_words = audit.object_in_words(row)
        context["latest_changes"] = latest
    return context


def _may_view(request: HttpRequest, app: str, model: str) -> bool:
    user: Any = request.user
    return bool(user.has_perm(f"{app}.view_{model}") or user.has_perm(f"{app}.change_{model}"))
