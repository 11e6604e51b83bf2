"""A small cast: members with and without a log-in, their cards, and somebody signed in.

member = MemberFactory()                  # no log-in: met at a till or in an import
member = MemberFactory(with_login=True)   # phone and e-mail proven, a card, nothing on the account
client = sign_in(Client(), member)        # as this member
"""

from typing import Any

import factory
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from accounts.domain import card as cards
from accounts.domain import consent
from accounts.domain.consent import Agreement
from accounts.models import Card, Member, User


class UserFactory(factory.django.DjangoModelFactory):
    """A log-in with a proven phone and e-mail, and no password unless one is given."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    phone = factory.Sequence(lambda n: f"+7900{2000000 + n}")
    email = factory.Sequence(lambda n: f"user{n}@example.org")
    phone_verified = True

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        password = kwargs.pop("password", None)
        user = model_class(*args, **kwargs)
        user.set_password(password)
        user.save()
        if user.email:
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user


class StaffFactory(UserFactory):
    """Somebody who may open /admin/, without a card."""

    is_staff = True
    is_superuser = True
    phone = None
    phone_verified = False


class MemberFactory(factory.django.DjangoModelFactory):
    """A member without a log-in; `with_login=True` gives one, with consents and a card. `with_card=True` gives a card only."""

    class Meta:
        model = Member
        skip_postgeneration_save = True

    class Params:
        with_login = factory.Trait(user=factory.SubFactory(UserFactory))

    phone = factory.Maybe("user", factory.SelfAttribute("user.phone"), factory.Sequence(lambda n: f"+7911{2000000 + n}"))
    email = factory.Maybe("user", factory.SelfAttribute("user.email"), factory.Sequence(lambda n: f"member{n}@example.org"))
    first_name = "Мария"
    joined_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def with_card(self: Member, create: bool, given: bool | None, **kwargs: Any) -> None:
        """Issue a card, and record the consents of a member with a log-in."""
        if given or (given is None and self.user_id is not None):
            cards.issue(member=self, now=self.joined_at)
        if self.user_id is not None:
            consent.record_agreement(Agreement(version="1", marketing=False, at=self.joined_at, source="test"), member=self)


class CardFactory(factory.django.DjangoModelFactory):
    """A further card of a member; not primary."""

    class Meta:
        model = Card

    member = factory.SubFactory(MemberFactory)
    number = factory.LazyFunction(cards.new_number)


def sign_in(client: Client, member: Member) -> Client:
    """Log a member in, without going through the pages."""
    assert member.user is not None
    client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client
