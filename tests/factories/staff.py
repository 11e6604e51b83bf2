"""Staff of each role, signed in."""

from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import User
from loyalty.domain import programme


def make_staff(role: str, email: str | None = None) -> User:
    """A staff user with one role."""
    user = User.objects.create_user(email or f"{role.replace(' ', '-')}@example.org", is_staff=True, language="en")
    user.groups.add(Group.objects.get(name=role))
    return user


def staff_client(role: str = programme.ADMINISTRATOR, email: str | None = None) -> Client:
    """A browser of a staff user of this role."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(make_staff(role, email))
    return client


def superuser_client() -> Client:
    """A browser of somebody that no permission stops."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(User.objects.create_superuser("root@example.org", language="en"))
    return client
