"""Who may call what: the whole site in a table. An address without a line here fails the suite.

A line is `Rule(address, get=…, post=…)`: the address as the URL configuration writes it, and for each method that it
takes, who gets what. `"desk/<slug:slug>/*"` is a rule for all addresses below that have no line of their own.

    who("login", users="404", of_partner="in", viewer="403")

reads: everybody is sent to the log-in; those who are logged in get a 404; people of the partner get in, but a viewer
gets a 403. Later words win; the names are those of `tests/security/cast.py` (GROUPS). Answers:

    "in"           let in: 200, a redirect to elsewhere, or a form or body refused for its content (400, 409, 422)
    "login"        sent to the log-in          "home"   sent home, because there is nothing for them
    "admin_login"  sent to the admin's door    "no"     refused by the admin: 403, or there is no such row
    "404"          exactly this status (any other number likewise)

Methods that a rule doesn't name are refused with 405, or as the caller is refused anyway; `any_method=True` is for
library views that take every method as GET or POST. `{card_id}` and the like in `at` stand for things of the cast
(World.names); `at` isn't needed where each <part:name> of the address is one of those names.

The admin has a table of its own, a line a model: ADMIN.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from partners.models.api_key import Scope
from tests.factories.till import code, order
from tests.security.cast import CALLERS, GROUPS, STAFF, World

type Who = Mapping[str, str]


def who(everybody: str, **exceptions: str) -> Who:
    """An answer for each caller: one for everybody, then exceptions by group or caller, of which later ones win."""
    answers = dict.fromkeys(CALLERS, everybody)
    for group, answer in exceptions.items():
        answers |= dict.fromkeys(GROUPS[group], answer)
    return answers


@dataclass(frozen=True)
class Rule:
    """One address, or with a star at the end a whole family of them."""

    route: str
    get: Who | None = None
    post: Who | None = None
    at: str | None = None
    # The body of a POST (or None), and the scope of keys that it takes.
    send: Callable[[World], Any] | None = None
    scope: Scope | None = None
    any_method: bool = False


PUBLIC = who("in")
GUESTS = who("in", users="home")  # log-in pages: whoever is in already goes home
SIGNED_IN = who("login", users="in")
MEMBERS = who("login", users="home", members="in")  # staff and partners' people have no card
OWNER = who("login", users="home", members="404", owner="in")  # another member's object doesn't exist
STAFF_ONLY = who("login", users="404", staff="in")
NOBODY = who("404")
DESK = who("login", users="404", of_partner="in")  # a foreign partner's people get what strangers get
DESK_EDITORS = who("login", users="404", of_partner="in", viewer="403")
DESK_MANAGERS = who("login", users="404", of_partner="403", manager="in")
# Calls of the API: everybody without a usable key gets 401.
ME = who("401", users="404", members="200")


def key(good: int, *, foreign: int) -> Who:
    """A call for API keys: the own partner's, and what a foreign partner's key gets."""
    return who("401", own_key=str(good), key_without_scope="403", foreign_key=str(foreign))


PAGES = [
    Rule("", get=PUBLIC),
    Rule("history/", get=MEMBERS),
    Rule("orders/<int:pk>/", get=OWNER, at="orders/{order_id}/"),
    Rule("card/", get=MEMBERS),
    Rule("card/pay/", get=MEMBERS),
    Rule("spend/pending/", get=MEMBERS),
    Rule("spend/<uuid:hold_id>/", get=OWNER, post=OWNER),
    Rule("rules/", get=PUBLIC),
    Rule("privacy/", get=PUBLIC),
    Rule("preferences/", post=who("home")),
    Rule("offline/", get=PUBLIC),
    Rule("manifest.webmanifest", get=PUBLIC),
    Rule("sw.js", get=PUBLIC),
    Rule("robots.txt", get=PUBLIC),
    Rule("cabinet.css", get=PUBLIC),
    Rule("brand.css", get=PUBLIC),
    Rule("brand/logo", get=NOBODY),  # this programme has none
    Rule("brand/icon-<slug:purpose>-<int:size>.png", get=PUBLIC, at="brand/icon-any-192.png"),
    Rule("healthz", get=PUBLIC),
    Rule("readyz", get=PUBLIC),
    Rule("dev/outbox/", get=NOBODY),  # only on a developer's machine
]

CATALOGUE = [
    Rule("partners/", get=PUBLIC),
    Rule("partners/outlets/pins/", get=PUBLIC),
    Rule("partners/place/forget/", post=PUBLIC),
    Rule("partners/outlets/<int:pk>/", get=PUBLIC, at="partners/outlets/{outlet}/"),
    Rule("partners/outlets/<int:pk>/route/", get=PUBLIC, at="partners/outlets/{outlet}/route/"),
    Rule("partners/outlets/<int:pk>/report/", post=MEMBERS, at="partners/outlets/{outlet}/report/"),
    Rule("partners/<slug:slug>/", get=PUBLIC),
    Rule("partners/<slug:slug>/favourite/", post=MEMBERS),
]

QUESTS = [
    Rule("quests/", get=MEMBERS),
    Rule("quests/<slug:slug>/", get=MEMBERS, at="quests/{quest}/"),
    Rule("quests/<slug:slug>/take/", post=MEMBERS, at="quests/{quest}/take/"),
    # This quest has neither codes nor questions: what it lacks is as unknown as a quest that isn't there.
    Rule("quests/<slug:slug>/code/", post=who("login", users="home", members="404"), at="quests/{quest}/code/"),
    Rule("quests/<slug:slug>/answer/", post=who("login", users="home", members="404"), at="quests/{quest}/answer/"),
    Rule("level/", get=MEMBERS),
    Rule("level/seen/", post=MEMBERS),
    Rule("level/tile/", get=MEMBERS),
]

PROFILE = [
    Rule("profile/", get=SIGNED_IN),
    Rule("profile/spending/", get=MEMBERS, post=MEMBERS),
    Rule("profile/name/", post=MEMBERS),
    Rule("profile/birthday/", post=MEMBERS),
    Rule("profile/marketing/", post=MEMBERS),
    Rule("profile/phone/", get=SIGNED_IN, post=SIGNED_IN),
    Rule("profile/email/", get=SIGNED_IN, post=SIGNED_IN),
    Rule("profile/card/<int:pk>/replace/", get=OWNER, post=OWNER, at="profile/card/{card_id}/replace/"),
    Rule("profile/notifications/", get=MEMBERS, post=MEMBERS),
    Rule("profile/notifications/consent/", post=MEMBERS),
    Rule("profile/notifications/push/", post=MEMBERS),
    Rule("profile/notifications/push/<int:pk>/forget/", post=OWNER, at="profile/notifications/push/{browser}/forget/"),
    Rule("inbox/", get=MEMBERS),
    Rule("inbox/read/", post=MEMBERS),
    Rule("inbox/<int:pk>/", get=OWNER, at="inbox/{message}/"),
    Rule("write/", get=MEMBERS, post=MEMBERS),
    Rule("write/<int:pk>/", get=OWNER, at="write/{letter}/"),
    # Signed addresses: these here aren't, so nobody gets in. What a right one does is tested with the messages.
    Rule("unsubscribe/<str:token>/", get=NOBODY, post=NOBODY, at="unsubscribe/forged/"),
    Rule("go/<str:token>/", get=who("home"), at="go/forged/"),
    # Providers prove themselves by signatures; without their secrets in the settings nobody can.
    Rule("hooks/email/<slug:name>/", get=NOBODY, post=NOBODY, at="hooks/email/mailgun/", any_method=True),
    Rule("hooks/sms/smsc/", post=NOBODY),
    Rule("hooks/sms/smsru/", post=NOBODY),
    Rule("profile/sessions/end/", post=who("login", users="home")),
    Rule("profile/sessions/<int:pk>/end/", post=who("login", users="404", owner="in"), at="profile/sessions/{session}/end/"),
]

ACCOUNTS = [
    Rule("accounts/login/", get=GUESTS, post=GUESTS, any_method=True),
    Rule("accounts/login/code/", get=who("login"), any_method=True),
    Rule("accounts/login/code/confirm/", get=GUESTS, post=GUESTS, any_method=True),
    Rule("accounts/logout/", get=who("home", users="in"), post=who("home")),
    Rule("accounts/inactive/", get=PUBLIC),
    Rule("accounts/signup/", get=GUESTS, post=GUESTS, any_method=True),
    Rule("accounts/signup/restart/", post=PUBLIC),
    Rule("accounts/signup/phone/", get=who("login", users="home"), any_method=True),
    Rule("accounts/signup/email/", get=PUBLIC, any_method=True),
    Rule("accounts/signup/card/", get=GUESTS, post=GUESTS, any_method=True),
    Rule("accounts/signup/done/", get=MEMBERS),
    Rule("accounts/claim/", get=GUESTS, post=GUESTS),
    Rule("accounts/claim/code/", get=GUESTS, post=GUESTS),
    Rule("accounts/password/change/", get=SIGNED_IN, post=SIGNED_IN, any_method=True),
    Rule("accounts/password/set/", get=SIGNED_IN, post=SIGNED_IN, any_method=True),
    Rule("accounts/password/reset/", get=PUBLIC, post=PUBLIC, any_method=True),
    Rule("accounts/password/reset/code/", get=PUBLIC, post=PUBLIC, any_method=True),
    Rule("accounts/password/reset/complete/", get=PUBLIC, post=PUBLIC, any_method=True),
    Rule("accounts/password/reset/done/", get=PUBLIC),
    # Whoever has neither a password nor a passkey can't prove again who they are.
    Rule("accounts/reauthenticate/", get=who("login", users="403", owner="in"), any_method=True),
    Rule("accounts/email/", get=PUBLIC, any_method=True),
    Rule("accounts/phone/", get=PUBLIC, any_method=True),
    Rule("accounts/2fa/", get=STAFF_ONLY),
    Rule("accounts/2fa/authenticate/", get=who("login", users="home"), any_method=True),
    Rule("accounts/2fa/reauthenticate/", get=who("login", users="403", owner="in"), any_method=True),
    Rule("accounts/2fa/totp/activate/", get=STAFF_ONLY, post=STAFF_ONLY, any_method=True),
    # Nobody of the staff here has an app to switch off, or codes to read.
    Rule("accounts/2fa/totp/deactivate/", get=who("login", users="404"), any_method=True),
    Rule("accounts/2fa/recovery-codes/", get=who("login", users="404")),
    Rule("accounts/2fa/recovery-codes/generate/", get=STAFF_ONLY, post=STAFF_ONLY, any_method=True),
    Rule("accounts/2fa/recovery-codes/download/", get=who("login", users="404"), any_method=True),
    Rule("accounts/passkeys/", get=PUBLIC, any_method=True),
    Rule("accounts/passkeys/add/", get=SIGNED_IN, post=SIGNED_IN, any_method=True),
    Rule("accounts/passkeys/login/", get=who("login", users="home"), post=who("login", users="home"), any_method=True),
    Rule("accounts/passkeys/confirm/", get=who("login", users="403", owner="in"), post=who("login", users="403", owner="login"), any_method=True),
    Rule("accounts/passkeys/<int:pk>/remove/", get=who("login", users="404", owner="in"), at="accounts/passkeys/{passkey}/remove/", any_method=True),
    Rule("accounts/sessions/", get=PUBLIC, any_method=True),
]

# Partners' people. Below the desk a line of its own is needed where viewers or editors may not, or where an id stands.
DESK_PAGES = [
    # Open to all, and this one isn't there.
    Rule("^media/listing/*", get=NOBODY, at=f"media/listing/ab/{'ab' * 20}-480.webp"),
    Rule("desk/", get=who("login", users="404", partner_users="in")),
    Rule("desk/<slug:slug>/", get=DESK),
    Rule("desk/<slug:slug>/more/", get=DESK),
    Rule("desk/<slug:slug>/listing/", get=DESK),
    Rule("desk/<slug:slug>/listing/edit/", get=DESK_EDITORS, post=DESK_EDITORS),
    Rule("desk/<slug:slug>/listing/confirm/", post=DESK_EDITORS),
    Rule("desk/<slug:slug>/listing/changes/<int:pk>/", get=DESK, at="desk/{slug}/listing/changes/{change}/"),
    Rule("desk/<slug:slug>/listing/changes/<int:pk>/settle/", post=DESK_EDITORS, at="desk/{slug}/listing/changes/{change}/settle/"),
    Rule("desk/<slug:slug>/listing/outlets/", get=DESK),
    Rule("desk/<slug:slug>/listing/outlets/new/", get=DESK_EDITORS, post=DESK_EDITORS),
    Rule("desk/<slug:slug>/listing/outlets/new/<int:pk>/", get=DESK_EDITORS, post=DESK_EDITORS, at="desk/{slug}/listing/outlets/new/{change}/"),
    Rule("desk/<slug:slug>/listing/outlets/<int:pk>/", get=DESK_EDITORS, post=DESK_EDITORS, at="desk/{slug}/listing/outlets/{desk_outlet}/"),
    Rule("desk/<slug:slug>/statistics/", get=DESK),
    Rule("^desk/(?P<slug>[-a-zA-Z0-9_]+)/statistics\\.(?P<kind>csv|xlsx)$", get=DESK, at="desk/{slug}/statistics.csv"),
    Rule("desk/<slug:slug>/settlement/", get=DESK),
    Rule("^desk/(?P<slug>[-a-zA-Z0-9_]+)/settlement\\.(?P<kind>csv|xlsx)$", get=DESK, at="desk/{slug}/settlement.csv"),
    Rule("desk/<slug:slug>/keys/", get=DESK_MANAGERS),
    Rule("desk/<slug:slug>/keys/new/", get=DESK_MANAGERS, post=DESK_MANAGERS),
    Rule("desk/<slug:slug>/keys/<str:prefix>/rotate/", post=DESK_MANAGERS, at="desk/{slug}/keys/{key_prefix}/rotate/"),
    Rule("desk/<slug:slug>/keys/<str:prefix>/revoke/", post=DESK_MANAGERS, at="desk/{slug}/keys/{key_prefix}/revoke/"),
    Rule("desk/<slug:slug>/webhooks/", get=DESK),
    Rule("desk/<slug:slug>/webhooks/new/", get=DESK_MANAGERS, post=DESK_MANAGERS),
    Rule("desk/<slug:slug>/webhooks/<int:pk>/", get=DESK, post=DESK_MANAGERS, at="desk/{slug}/webhooks/{webhook}/"),
    Rule("desk/<slug:slug>/people/", get=DESK),
    Rule("desk/<slug:slug>/people/invite/", get=DESK_MANAGERS, post=DESK_MANAGERS),
    Rule("desk/<slug:slug>/people/<int:pk>/", get=DESK_MANAGERS, post=DESK_MANAGERS, at="desk/{slug}/people/{seat}/"),
    Rule("desk/<slug:slug>/invitations/<int:pk>/withdraw/", post=DESK_MANAGERS, at="desk/{slug}/invitations/{invitation}/withdraw/"),
    # The link of a mail is open to whoever holds it; accepting takes a code to the invited address.
    Rule("invitations/<str:token>/", get=PUBLIC, post=PUBLIC, at="invitations/{invitation_token}/"),
    Rule("invitations/<str:token>/code/", get=PUBLIC, post=PUBLIC, at="invitations/{invitation_token}/code/"),
]


def _now() -> str:
    return timezone.now().isoformat()


API = [
    Rule("orders/", post=key(201, foreign=201), send=lambda w: order("M-1", {"card": w.card.number}, "10.00"), scope=Scope.ORDERS_WRITE),
    Rule("orders/batch/", post=key(200, foreign=200), send=lambda w: {"orders": [order("M-2", {"card": w.card.number}, "10.00")]}, scope=Scope.ORDERS_WRITE),
    Rule(
        "^orders/(?P<external_id>.{1,100})/returns/$",
        at="orders/A-1/returns/",
        post=key(201, foreign=404),
        send=lambda _w: {"external_id": "R-1", "occurred_at": _now(), "amount": 1},
        scope=Scope.ORDERS_WRITE,
    ),
    Rule(
        "returns/",
        post=key(201, foreign=201),
        send=lambda w: {"external_id": "R-2", "occurred_at": _now(), "amount": 1, "member": {"card": w.card.number}},
        scope=Scope.ORDERS_WRITE,
    ),
    Rule("quotes/", post=key(200, foreign=200), send=lambda _w: {"lines": [{"amount": 1}]}, scope=Scope.ORDERS_WRITE),
    Rule("holds/", post=key(201, foreign=201), send=lambda w: {"member": {"token": code(w.me)}, "points": 1}, scope=Scope.POINTS_SPEND),
    Rule("holds/<uuid:hold_id>/", get=key(200, foreign=404), scope=Scope.POINTS_SPEND),
    Rule("holds/<uuid:hold_id>/capture/", post=key(200, foreign=404), send=lambda _w: {}, scope=Scope.POINTS_SPEND),
    Rule("holds/<uuid:hold_id>/release/", post=key(200, foreign=404), send=lambda _w: {}, scope=Scope.POINTS_SPEND),
    Rule("members/", post=key(201, foreign=201), send=lambda _w: {"phone": "+79160000001", "consent_version": "1"}, scope=Scope.ORDERS_WRITE),
    Rule("members/<str:card>/", get=key(200, foreign=200), scope=Scope.MEMBERS_READ),
    Rule("partners/", get=key(200, foreign=200), scope=Scope.CATALOGUE_READ),
    Rule("partners/<slug:slug>/", get=key(200, foreign=200), scope=Scope.CATALOGUE_READ),
    Rule("outlets/", get=key(200, foreign=200), scope=Scope.CATALOGUE_READ),
    # Of the signed-in member; keys are nobody here, staff and partners' people have no card.
    Rule("me/balance/", get=ME),
    Rule("me/entries/", get=ME),
    Rule("me/orders/", get=ME),
    Rule("schema/", get=who("200")),
    Rule("docs/", get=who("200")),
    Rule("^", get=NOBODY, post=NOBODY, at="nothing-{nothing}/", any_method=True),
]


@dataclass(frozen=True)
class Page:
    """Who of the staff sees a model's rows, who adds and who changes them. Nobody deletes."""

    see: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    change: tuple[str, ...] = ()


_HELP = ("support", "administrator")
_BOOKS = ("support", "finance", "administrator")
_CATALOGUE = ("catalogue_editor", "administrator")
_ADMIN = ("administrator",)
_TALK = ("marketing", "administrator")
_QUESTS = ("support", "marketing", "administrator")

ADMIN: dict[str, Page] = {
    "account/emailaddress": Page(),
    "mfa/authenticator": Page(),
    "usersessions/usersession": Page(),
    "accounts/user": Page(see=_ADMIN, add=_ADMIN, change=_ADMIN),
    "accounts/member": Page(see=_HELP),
    "accounts/card": Page(see=_HELP),
    "accounts/message": Page(see=("support", "marketing", "administrator")),
    "accounts/scenario": Page(see=_TALK, change=_TALK),
    "accounts/broadcast": Page(see=_TALK, add=_TALK, change=_TALK),
    "accounts/contactrequest": Page(see=_HELP),
    "accounts/providerstate": Page(see=_TALK),
    "auditlog/logentry": Page(see=_ADMIN),
    "loyalty/programme": Page(see=("marketing", "finance", "administrator"), change=_ADMIN),
    "loyalty/order": Page(see=_BOOKS),
    "loyalty/return": Page(see=_BOOKS),
    "loyalty/entry": Page(see=_BOOKS),
    "loyalty/lot": Page(see=_BOOKS),
    "loyalty/allocation": Page(see=_BOOKS),
    "loyalty/debt": Page(see=_BOOKS),
    "loyalty/hold": Page(see=_BOOKS),
    "loyalty/settlementmonth": Page(see=("finance", "administrator")),
    "loyalty/event": Page(see=("marketing", "administrator")),
    "loyalty/deadletter": Page(see=_ADMIN),
    "loyalty/level": Page(see=_QUESTS, add=_ADMIN, change=_ADMIN),
    "loyalty/ladder": Page(see=_QUESTS, add=_ADMIN),
    "loyalty/levelhistory": Page(see=_QUESTS),
    "loyalty/leveloverride": Page(see=_QUESTS),
    "loyalty/tokenentry": Page(see=_QUESTS),
    "quests/questgroup": Page(see=_QUESTS, add=_TALK, change=_TALK),
    "quests/quest": Page(see=_QUESTS, add=_TALK, change=_TALK),
    "quests/progress": Page(see=_QUESTS),
    "partners/partner": Page(see=STAFF, add=_CATALOGUE, change=_CATALOGUE),
    "partners/outlet": Page(see=STAFF, add=_CATALOGUE, change=_CATALOGUE),
    "partners/category": Page(see=STAFF, add=_CATALOGUE, change=_CATALOGUE),
    "partners/terms": Page(see=STAFF, add=("finance", "administrator")),
    "partners/outletreport": Page(see=("support", *_CATALOGUE)),
    "partners/listingchange": Page(see=_CATALOGUE, change=_CATALOGUE),
    "partners/partneruser": Page(see=_CATALOGUE, change=_ADMIN),
    "partners/invitation": Page(see=_CATALOGUE, add=_ADMIN, change=_ADMIN),
    "partners/apikey": Page(see=_ADMIN, add=_ADMIN, change=_ADMIN),
    "partners/webhookendpoint": Page(see=_ADMIN, add=_ADMIN, change=_ADMIN),
    "partners/webhookdelivery": Page(see=_ADMIN),
}


def staff(*roles: str) -> Who:
    """A page of the admin for these roles."""
    return who("admin_login", staff="no", **dict.fromkeys(roles, "in"))


ADMIN_PAGES = [
    Rule("admin/", get=staff(*STAFF), any_method=True),
    Rule("admin/search/", get=staff(*STAFF), any_method=True),
    Rule("admin/login/", get=who("login", users="403", staff="in"), any_method=True),
    Rule("admin/logout/", get=who("in", staff="405"), post=who("in"), any_method=True),
    Rule("admin/password_change/", get=staff(*STAFF), any_method=True),
    Rule("admin/password_change/done/", get=staff(*STAFF)),
    Rule("admin/autocomplete/", get=staff()),
    Rule("admin/jsi18n/", get=staff(*STAFF)),
    Rule("admin/r/<path:content_type_id>/<path:object_id>/", get=who("admin_login", staff="404"), at="admin/r/1/1/", any_method=True),
    Rule(
        "admin/^(?P<app_label>*", get=who("admin_login", staff="404", support="in", marketing="in", administrator="in"), at="admin/accounts/", any_method=True
    ),
    Rule("admin/(?P<url>.*)$", get=who("admin_login", staff="404"), at="admin/nothing", any_method=True),
    # What colleagues added to the pages of a model.
    Rule("admin/accounts/card/<int:pk>/stop/", get=staff(*_HELP), post=staff(*_HELP), at="admin/accounts/card/{card_id}/stop/", any_method=True),
    Rule("admin/accounts/scenario/<path:object_id>/reword/", get=staff(*_TALK), post=staff(*_TALK), any_method=True),
    *(Rule(f"admin/accounts/broadcast/<path:object_id>/{name}/", get=staff(*_TALK), any_method=True) for name in ("release", "pause", "resume", "cancel")),
    Rule(
        "admin/accounts/contactrequest/<path:object_id>/answer/",
        get=staff(*_HELP),
        post=staff(*_HELP),
        at="admin/accounts/contactrequest/{letter}/answer/",
        any_method=True,
    ),
    Rule("admin/accounts/contactrequest/<path:object_id>/close/", get=staff(*_HELP), at="admin/accounts/contactrequest/{letter}/close/", any_method=True),
    Rule("admin/accounts/member/<path:object_id>/level/", get=staff(*_ADMIN), any_method=True),
    Rule(
        "admin/loyalty/levelhistory/give/<int:member_id>/",
        get=staff(*_ADMIN),
        post=staff(*_ADMIN),
        at="admin/loyalty/levelhistory/give/{member_id}/",
        any_method=True,
    ),
    Rule("admin/quests/quest/<path:object_id>/try/", get=staff(*_QUESTS), any_method=True),
    Rule("admin/quests/quest/<path:object_id>/count-the-past/", get=staff(*_TALK), post=staff(*_TALK), any_method=True),
    Rule("admin/accounts/member/<path:object_id>/adjust/", get=staff(*_HELP), post=staff(*_HELP), any_method=True),
    Rule(
        "admin/loyalty/settlementmonth/export/<str:slug>/<str:kind>/",
        get=staff("finance", "administrator"),
        at="admin/loyalty/settlementmonth/export/{slug}/csv/",
        any_method=True,
    ),
    Rule("admin/partners/partner/<path:object_id>/new-terms/", get=staff("finance", "administrator"), any_method=True),
    Rule("admin/partners/outlet/import/", get=staff(*_CATALOGUE), post=staff(*_CATALOGUE), any_method=True),
    Rule("admin/partners/outlet/process_import/", post=staff(*_CATALOGUE)),
    Rule("admin/partners/outlet/export/", get=staff(*STAFF), post=staff(*STAFF), any_method=True),
]


def _model_pages(model: str, page: Page) -> list[Rule]:
    base = f"admin/{model}/"
    row = f"{base}<path:object_id>/"
    return [
        # A POST to a list chooses an action; without one it is the list again.
        Rule(base, get=staff(*page.see), any_method=True),
        Rule(f"{base}add/", get=staff(*page.add), post=staff(*page.add), any_method=True),
        Rule(f"{row}change/", get=staff(*page.see), post=staff(*page.change), any_method=True),
        Rule(f"{row}history/", get=staff(*page.see), any_method=True),
        Rule(f"{row}delete/", get=staff(), post=staff(), any_method=True),
        Rule(row, get=staff(*STAFF), any_method=True),
    ]


# The programme is one row: its list leads to it, and that says nothing.
_SINGLETONS = [Rule("admin/loyalty/programme/", get=staff(*STAFF), any_method=True)]
_MODEL_PAGES = [rule for model, page in ADMIN.items() for rule in _model_pages(model, page)]
_API = [Rule(f"api/v1/{one.route}", one.get, one.post, f"api/v1/{one.at}" if one.at else None, one.send, one.scope, one.any_method) for one in API]

RULES: dict[str, Rule] = {
    rule.route: rule for rule in [*PAGES, *CATALOGUE, *QUESTS, *PROFILE, *ACCOUNTS, *DESK_PAGES, *_API, *_MODEL_PAGES, *ADMIN_PAGES, *_SINGLETONS]
}


def rule_of(route: str) -> Rule | None:
    """The rule of an address: its own, else the longest starred one that it begins with."""
    if route in RULES:
        return RULES[route]
    families = [rule for name, rule in RULES.items() if name.endswith("*") and route.startswith(name[:-1])]
    return max(families, key=lambda rule: len(rule.route), default=None)
