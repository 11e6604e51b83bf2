"""By which contacts members can be reached: only proven ones that haven't refused messages."""

from collections.abc import Collection
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.conf import settings
from django.utils.crypto import salted_hmac

from accounts.models import BadContact, Consent, Member, PushSubscription
from accounts.models.consent import ConsentKind
from accounts.models.notification import Channel
from loyalty.lib.rows import id_set, text_set


@dataclass(frozen=True, slots=True)
class Reach:
    """A member with a log-in. `email` and `phone` are empty unless proven; the `bad_…` ones are proven but refuse messages."""

    member_id: int
    first_name: str
    language: str
    email: str
    phone: str
    bad_email: bool
    bad_phone: bool
    has_push: bool
    has_consent: bool

    def by(self, channel: Channel) -> bool:
        """Whether the member can be reached by a channel."""
        if channel == Channel.EMAIL:
            return bool(self.email) and not self.bad_email
        if channel == Channel.SMS:
            return bool(self.phone) and not self.bad_phone
        return channel == Channel.INBOX or self.has_push


def load(member_ids: Collection[int]) -> dict[int, Reach]:
    """The members among these who have a log-in, with their contacts; five queries however many they are."""
    ids = list(member_ids)
    rows = list(
        Member.objects.filter(pk__in=id_set(ids), user__is_active=True, user__signup_pending=False).values_list(
            "pk", "first_name", "user_id", "user__language", "user__email", "user__phone", "user__phone_verified"
        )
    )
    users = [user_id for _pk, _name, user_id, *_contacts in rows]
    proven = set(EmailAddress.objects.filter(user_id__in=id_set(users), verified=True).values_list("user_id", "email"))
    with_push = set(PushSubscription.objects.filter(member_id__in=id_set(ids)).values_list("member_id", flat=True))
    consents = dict(Consent.objects.filter(member_id__in=id_set(ids), kind=ConsentKind.MARKETING).order_by("at", "pk").values_list("member_id", "given"))
    contacts = {}
    for pk, _name, user_id, _language, email, phone, phone_verified in rows:
        contacts[pk] = (email if email and (user_id, email) in proven else "", str(phone) if phone and phone_verified else "")
    known = [*((Channel.EMAIL, email) for email, _phone in contacts.values() if email), *((Channel.SMS, phone) for _email, phone in contacts.values() if phone)]
    bad = _bad(known)
    return {
        pk: Reach(
            member_id=pk,
            first_name=name,
            language=language or settings.LANGUAGE_CODE,
            email=contacts[pk][0],
            phone=contacts[pk][1],
            bad_email=(Channel.EMAIL, contacts[pk][0]) in bad,
            bad_phone=(Channel.SMS, contacts[pk][1]) in bad,
            has_push=pk in with_push,
            has_consent=consents.get(pk, False),
        )
        for pk, name, _user_id, language, *_contacts in rows
    }


def contact_hash(channel: Channel, contact: str) -> str:
    """What a contact is called where only sameness matters."""
    return salted_hmac("accounts.contact", f"{channel}\n{contact.lower()}", algorithm="sha256").hexdigest()


def _bad(contacts: Collection[tuple[Channel, str]]) -> set[tuple[Channel, str]]:
    if not contacts or not BadContact.objects.exists():
        return set()
    by_hash = {contact_hash(channel, contact): (channel, contact) for channel, contact in contacts}
    return {by_hash[found] for found in BadContact.objects.filter(pk__in=text_set(by_hash)).values_list("pk", flat=True)}
