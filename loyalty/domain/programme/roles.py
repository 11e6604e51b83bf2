"""Staff roles: Django groups with exactly these permissions, put in place after every migrate."""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q

from loyalty.models import Entry

SUPPORT = "support"
CATALOGUE_EDITOR = "catalogue editor"
MARKETING = "marketing"
FINANCE = "finance"
ADMINISTRATOR = "administrator"

_READ_MEMBERS = ("accounts.view_member", "accounts.view_card", "accounts.view_consent", "partners.view_customernumber")
_READ_ORDERS = ("loyalty.view_order", "loyalty.view_orderline", "loyalty.view_return", "loyalty.view_returnline")
_READ_LEDGER = ("loyalty.view_entry", "loyalty.view_lot", "loyalty.view_allocation", "loyalty.view_debt", "loyalty.view_hold", "loyalty.view_holdpin")
_READ_CATALOGUE = ("partners.view_partner", "partners.view_outlet", "partners.view_category", "partners.view_terms", "partners.view_termsexclusion")
_TERMS = ("partners.add_terms", "partners.add_termsexclusion")
_CATALOGUE = tuple(f"partners.{action}_{model}" for model in ("partner", "outlet", "category") for action in ("add", "change"))
# Partners' changes are published or rejected; their people are invited.
_REVIEW = ("partners.view_listingchange", "partners.change_listingchange")
_REPORTS = ("partners.view_outletreport", "partners.change_outletreport")
_READ_PEOPLE = ("partners.view_partneruser", "partners.view_invitation")

_SETTLEMENT = ("loyalty.view_settlementmonth", "loyalty.close_settlementmonth")

_LETTERS = ("accounts.view_contactrequest", "accounts.change_contactrequest", "accounts.view_message")
_MESSAGES = (
    "accounts.view_message",
    "accounts.change_message",
    "accounts.view_scenario",
    "accounts.change_scenario",
    "accounts.view_scenariotext",
    "accounts.view_broadcast",
    "accounts.add_broadcast",
    "accounts.change_broadcast",
    "accounts.view_providerstate",
)

_READ_QUESTS = tuple(f"quests.view_{model}" for model in ("quest", "questgroup", "progress", "contribution", "completion"))
_QUESTS = tuple(f"quests.{action}_{model}" for model in ("quest", "questgroup") for action in ("add", "change"))
_READ_LEVELS = tuple(f"loyalty.view_{model}" for model in ("level", "ladder", "rung", "levelhistory", "leveloverride", "tokenentry"))
_LEVELS = ("loyalty.add_level", "loyalty.change_level", "loyalty.add_ladder")

# Role → permissions as app.codename. Nothing of the ledger can be added, changed or deleted by anybody.
ROLES: dict[str, tuple[str, ...]] = {
    SUPPORT: (
        *_READ_MEMBERS,
        *_READ_ORDERS,
        *_READ_LEDGER,
        *_READ_CATALOGUE,
        *_LETTERS,
        *_REPORTS,
        "loyalty.adjust_points",
        "accounts.change_card",
        *_READ_QUESTS,
        *_READ_LEVELS,
    ),
    CATALOGUE_EDITOR: (*_READ_CATALOGUE, *_CATALOGUE, *_REVIEW, *_REPORTS, *_READ_PEOPLE),
    MARKETING: (*_QUESTS, *_READ_QUESTS, *_READ_LEVELS, *_READ_CATALOGUE, *_MESSAGES, "loyalty.view_programme", "loyalty.view_event"),
    FINANCE: (*_READ_CATALOGUE, *_TERMS, *_READ_ORDERS, *_READ_LEDGER, *_SETTLEMENT, "loyalty.view_programme"),
    ADMINISTRATOR: (
        *_READ_MEMBERS,
        *_LETTERS,
        *_MESSAGES,
        *_READ_ORDERS,
        *_READ_LEDGER,
        *_READ_CATALOGUE,
        *_CATALOGUE,
        *_TERMS,
        *_SETTLEMENT,
        *_REVIEW,
        *_REPORTS,
        *_READ_PEOPLE,
        *_READ_QUESTS,
        *_QUESTS,
        *_READ_LEVELS,
        *_LEVELS,
        "loyalty.add_leveloverride",
        "partners.add_invitation",
        "partners.change_invitation",
        "partners.change_partneruser",
        "loyalty.view_programme",
        "loyalty.change_programme",
        "loyalty.view_event",
        "loyalty.view_deadletter",
        "loyalty.change_deadletter",
        "partners.view_webhookendpoint",
        "partners.add_webhookendpoint",
        "partners.change_webhookendpoint",
        "partners.view_webhookdelivery",
        "partners.view_apikey",
        "partners.add_apikey",
        "partners.change_apikey",
        "loyalty.adjust_points",
        "accounts.change_card",
        "accounts.view_user",
        "accounts.add_user",
        "accounts.change_user",
        "auditlog.view_logentry",
    ),
}


def install_roles(**kwargs: Any) -> None:
    """Create the groups and give them their permissions. A post_migrate receiver; safe to call at any time."""
    content_type = ContentType.objects.get_for_model(Entry)
    Permission.objects.get_or_create(content_type=content_type, codename="adjust_points", defaults={"name": "Can adjust points"})
    wanted = {name for names in ROLES.values() for name in names}
    by_name = {}
    where = Q()
    for name in wanted:
        app, codename = name.split(".")
        where |= Q(content_type__app_label=app, codename=codename)
    for permission in Permission.objects.filter(where).select_related("content_type"):
        by_name[f"{permission.content_type.app_label}.{permission.codename}"] = permission
    with transaction.atomic():
        for role, names in ROLES.items():
            group, _created = Group.objects.get_or_create(name=role)
            group.permissions.set([by_name[name] for name in names if name in by_name])


def has_role(user: Any, role: str) -> bool:
    """Whether somebody has a role; asked once a user object."""
    if not hasattr(user, "zheton_roles"):
        user.zheton_roles = set(user.groups.values_list("name", flat=True))
    return role in user.zheton_roles
