"""The people and programs that knock at every address, and the things that addresses name."""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.utils import timezone
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

from accounts.models import Card, ContactRequest, Member, Message, PushSubscription, User
from loyalty.domain import programme
from loyalty.models import Order
from partners.domain import api_key, webhooks
from partners.domain.desk import invitations
from partners.enums import DeskRole
from partners.models import ApiKey, ListingChange, Partner, PartnerUser
from partners.models.api_key import Scope
from tests.factories.accounts import MemberFactory, UserFactory, sign_in
from tests.factories.partners import make_outlet
from tests.factories.quests import make_quest
from tests.factories.staff import make_staff
from tests.factories.till import Till, code, give, make_till, order

# Callers, and the groups that a rule may name instead of each of them.
MEMBERS = ("member", "other_member")
OF_PARTNER = ("viewer", "editor", "manager")
PARTNER_USERS = (*OF_PARTNER, "foreign_manager")
STAFF = ("support", "catalogue_editor", "marketing", "finance", "administrator")
USERS = (*MEMBERS, *PARTNER_USERS, *STAFF)
BAD_KEYS = ("revoked_key", "expired_key")
KEYS = ("own_key", "key_without_scope", "foreign_key", *BAD_KEYS)
CALLERS = ("anonymous", *USERS, *KEYS)
GROUPS: dict[str, tuple[str, ...]] = {
    "owner": ("member",),
    "members": MEMBERS,
    "of_partner": OF_PARTNER,
    "partner_users": PARTNER_USERS,
    "staff": STAFF,
    "users": USERS,
    "keys": KEYS,
    "bad_keys": BAD_KEYS,
    **{caller: (caller,) for caller in CALLERS},
}


@dataclass
class World:
    """Two partners, two members; an order, a hold, a passkey and two sessions of the first member."""

    till: Till
    foreign: Till
    me: Member
    other: Member
    card: Card
    # What stands for {name} in the addresses of rules.
    names: dict[str, Any] = field(default_factory=dict)
    _first: dict[str, str] = field(default_factory=dict)

    def any_id(self, model: str) -> str:
        """The first object of `app.model`, or an id that nothing has."""
        if model not in self._first:
            found = apps.get_model(model)._default_manager.order_by("pk").values_list("pk", flat=True).first()
            self._first[model] = str(found or 0)
        return self._first[model]


def make_world() -> World:
    """Everything that addresses name."""
    till, foreign = make_till(), make_till(slug="chemist")
    me, other = MemberFactory(with_login=True), MemberFactory(with_login=True)
    give(me, 100)
    card = Card.objects.get(member=me)
    assert till.post("orders/", order("A-1", {"card": card.number}, "100.00")).status_code == 201
    hold = till.post("holds/", {"member": {"token": code(me)}, "points": 10}).json()["id"]
    passkey = _passkey(me)
    elsewhere = _session(me)
    # The first change is one that staff may review; the second is the partner's own draft.
    ListingChange.objects.create(partner=till.partner, kind="listing", proposed={"short_line_ru": "New"}, base={"short_line_ru": ""}, state="waiting")
    invitation = invitations.invite(till.partner, email="invited@example.org", role=DeskRole.VIEWER, by_id=None, now=timezone.now())
    world = World(till, foreign, me, other, card)
    world.names = {
        "card": card.number,
        "card_id": card.pk,
        "member_id": me.pk,
        "quest": make_quest("errand").slug,
        "hold_id": hold,
        "order_id": Order.objects.get().pk,
        "passkey": passkey.pk,
        "session": elsewhere.pk,
        "slug": till.partner.slug,
        "outlet": make_outlet(till.partner).pk,
        "seat": PartnerUser.objects.create(partner=till.partner, user=UserFactory(), role="viewer").pk,
        "change": ListingChange.objects.create(partner=till.partner, kind="new_outlet", proposed={"name": "Another"}).pk,
        "desk_outlet": make_outlet(till.partner, "desk").pk,
        "key_prefix": till.partner.api_keys.values_list("prefix", flat=True)[0],
        "webhook": webhooks.create_endpoint(partner=till.partner, url="https://93.184.216.34/", now=timezone.now()).pk,
        "invitation": invitation.pk,
        "invitation_token": invitations.token(invitation),
        "message": _message(me).pk,
        "letter": ContactRequest.objects.create(member=me, topic="other", text="A letter").pk,
        "browser": PushSubscription.objects.create(member=me, endpoint="https://fcm.googleapis.com/1", p256dh="x", auth="y").pk,
        "nothing": uuid.UUID(int=1),
    }
    return world


def _passkey(member: Member) -> Authenticator:
    """A passkey as allauth keeps it; nobody holds its private half."""
    public = ES256({1: 2, 3: -7, -1: 1, -2: b"x" * 32, -3: b"y" * 32})
    credential = AttestedCredentialData.create(Aaguid.NONE, b"telephone", public)
    flags = AuthenticatorData.FLAG.USER_PRESENT | AuthenticatorData.FLAG.ATTESTED
    attested = AttestationObject.create("none", AuthenticatorData.create(b"s" * 32, flags, 0, bytes(credential)), {})
    response = {"clientDataJSON": websafe_encode(b'{"type":"webauthn.create","challenge":"","origin":""}'), "attestationObject": websafe_encode(attested)}
    kept = {"id": websafe_encode(b"telephone"), "rawId": websafe_encode(b"telephone"), "type": "public-key", "response": response}
    return Authenticator.objects.create(user=member.user, type=Authenticator.Type.WEBAUTHN, data={"name": "Phone", "passwordless": True, "credential": kept})


def _message(member: Member) -> Message:
    now = timezone.now()
    return Message.objects.create(
        event_key="notified", member=member, category="service", channel="inbox", scenario="answer", state="delivered", priority=1, planned_at=now, due_at=now
    )


def _session(member: Member) -> UserSession:
    session = SessionStore()
    session.create()
    return UserSession.objects.create(user=member.user, session_key=session.session_key, ip="127.0.0.1", user_agent="Telephone")


def client_of(caller: str, world: World, without: Scope | None = None) -> Client:
    """A client that knocks as this caller. `without`: the scope that `key_without_scope` lacks."""
    if caller in KEYS:
        return _keyed(caller, world, without)
    client = Client(raise_request_exception=False)
    if caller == "anonymous":
        return client
    if caller in MEMBERS:
        return sign_in(client, world.me if caller == "member" else world.other)
    user = (
        make_staff(caller.replace("_", " "))
        if caller in STAFF
        else partner_user(caller, world.foreign.partner if caller.startswith("foreign") else world.till.partner)
    )
    if not EmailAddress.objects.filter(user=user).exists():
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def partner_user(role: str, partner: Partner) -> User:
    """Somebody with a seat at a partner's desk: no card, no staff."""
    user: User = UserFactory(language="en")
    PartnerUser.objects.create(partner=partner, user=user, role=role.removeprefix("foreign_"))
    return user


def _keyed(caller: str, world: World, without: Scope | None) -> Client:
    partner = world.foreign.partner if caller == "foreign_key" else world.till.partner
    scopes = [scope for scope in Scope.values if caller != "key_without_scope" or scope != without]
    past = timezone.now() - timedelta(seconds=1)
    key, text = api_key.create(partner=partner, name=caller, scopes=scopes, expires_at=past if caller == "expired_key" else None)
    if caller == "revoked_key":
        api_key.revoke(ApiKey.objects.get(pk=key.pk))
    return Client(raise_request_exception=False, headers={"authorization": f"Api-Key {text}"})


assert set(STAFF) <= {role.replace(" ", "_") for role in programme.ROLES}
