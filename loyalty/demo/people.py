"""Members with cards and consents, and the log-ins that the demo prints."""

import random
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import Group
from django.db import transaction

from accounts.domain.card import ISSUER_PREFIX
from accounts.domain.reference import luhn_is_right
from accounts.models import Card, Consent, Member, User
from accounts.models.card import CardKind
from accounts.models.consent import ConsentKind
from loyalty.demo import desk
from loyalty.lib.clock import business_day
from partners.models import Partner

COUNT = 200
# Somebody who joined before the first day of the shown year, so that the oldest points have expired.
_LONGEST = 400
FIRST_NAMES = (
    ("Анна", "Мария", "Елена", "Ольга", "Дарья", "Алиса", "Ксения", "Вера", "Полина", "София", "Ирина", "Нина", "Тамара", "Зоя"),
    ("Иван", "Пётр", "Алексей", "Дмитрий", "Максим", "Лев", "Фёдор", "Илья", "Тимур", "Глеб", "Роман", "Степан", "Юрий", "Егор"),
)
LAST_NAMES = [
    "Ветров",
    "Озеров",
    "Лугов",
    "Садов",
    "Рябинин",
    "Снегирёв",
    "Журавлёв",
    "Тихонов",
    "Морозов",
    "Кольцов",
    "Белов",
    "Орлов",
    "Ключников",
    "Гусев",
    "Лебедев",
    "Соколов",
    "Зимин",
    "Платонов",
    "Родников",
    "Полянов",
    "Ершов",
    "Карпов",
    "Беляев",
    "Калинин",
    "Дубинин",
    "Ларин",
    "Чайкин",
    "Яблоков",
]


@dataclass(frozen=True, slots=True)
class Person:
    """A member to be. `role` names the part they play: everyday, newcomer, fresh, debtor, magnate."""

    number: int
    first_name: str
    last_name: str
    role: str
    joined_days_ago: int
    email: str
    phone: str

    @property
    def card(self) -> str:
        """Their card number: the issuer's prefix, their number, a check digit."""
        body = f"{ISSUER_PREFIX}28{self.number:09}"
        return body + next(digit for digit in "0123456789" if luhn_is_right(body + digit))


# number → first name, last name, role, days since joining, e-mail
_CAST = {
    1: ("Мария", "Ветрова", "newcomer", 398, "maria@example.org"),
    2: ("Лев", "Озеров", "fresh", 0, "lev@example.org"),
    3: ("Константин-Александр", "Рождественский-Преображенский", "magnate", 390, "konstantin@example.org"),
    4: ("Зоя", "Рябинина", "debtor", 120, "zoya@example.org"),
}


def people() -> list[Person]:
    """All demo members, always the same."""
    return [_person(number) for number in range(1, COUNT + 1)]


def _person(number: int) -> Person:
    phone = f"+7900000{number:04}"
    if number in _CAST:
        first, last, role, joined, email = _CAST[number]
        return Person(number, first, last, role, joined, email, phone)
    dice = random.Random(f"person {number}")
    gender = dice.randint(0, 1)
    last = dice.choice(LAST_NAMES) + ("а" if gender == 0 else "")
    return Person(number, dice.choice(FIRST_NAMES[gender]), last, "everyday", dice.randint(3, _LONGEST), f"member{number}@example.org", phone)


def joined_at(person: Person, *, anchor: datetime, zone: ZoneInfo) -> datetime:
    """When they signed up; never after the anchor."""
    day = business_day(anchor, zone) - timedelta(days=person.joined_days_ago)
    return min(datetime.combine(day, time(10, person.number % 60), tzinfo=zone), anchor)


def load(*, anchor: datetime, zone: ZoneInfo, rules_version: str) -> dict[int, Member]:
    """Members, cards and consents that are missing: number → member."""
    cast = people()
    with transaction.atomic():
        known = {card.number: card.member for card in Card.objects.filter(number__in=[person.card for person in cast]).select_related("member")}
        missing = [person for person in cast if person.card not in known]
        made = Member.objects.bulk_create(_member(person, joined_at(person, anchor=anchor, zone=zone)) for person in missing)
        cards, consents = [], []
        for person, member in zip(missing, made, strict=True):
            known[person.card] = member
            dice = random.Random(f"habits {person.number}")
            kind = CardKind.PLASTIC if person.number % 5 == 0 else CardKind.VIRTUAL
            cards.append(Card(member=member, number=person.card, kind=kind, is_primary=True, created_at=member.joined_at))
            for will, given in ((ConsentKind.RULES, True), (ConsentKind.MARKETING, dice.random() < 0.6)):
                if given:
                    consents.append(Consent(member=member, kind=will, given=True, version=rules_version, source="demo", at=member.joined_at))
        Card.objects.bulk_create(cards)
        Consent.objects.bulk_create(consents)
    return {person.number: known[person.card] for person in cast}


def _member(person: Person, joined: datetime) -> Member:
    dice = random.Random(f"birthday {person.number}")
    month = dice.randint(1, 12)
    return Member(
        email=person.email,
        phone=person.phone,
        first_name=person.first_name,
        last_name=person.last_name,
        birth_day=dice.randint(1, 28),
        birth_month=month,
        joined_at=joined,
        created_at=joined,
    )


@dataclass(frozen=True, slots=True)
class LogIn:
    """A log-in to print. `password` is None where somebody changed it since."""

    title: str
    email: str
    password: str | None
    path: str


# role of the cast → what the log-in shows
_MEMBERS = {
    "newcomer": "Member with a year of purchases",
    "fresh": "Member who has just joined",
    "debtor": "Member in debt",
    "magnate": "Member with long names and large numbers",
}
# e-mail → title, Django group
_STAFF = {
    "admin@example.org": ("Staff: administrator", "administrator"),
    "support@example.org": ("Staff: support", "support"),
}


def load_log_ins(members: dict[int, Member], *, shops: dict[str, Partner], anchor: datetime, password: str, reset: bool) -> list[LogIn]:
    """The demo's log-ins, made where missing. `reset` gives the existing ones the password too."""
    # Hashing is slow on purpose: one hash serves them all, and each distinct one is tried once.
    keep = _Passwords(password, reset)
    made = []
    for number, (_first, _last, role, _joined, email) in _CAST.items():
        member = members[number]
        with transaction.atomic():
            user = _user(email, keep, phone=member.phone, phone_verified=True)
            if member.user_id is None:
                member.user = user
                member.save(update_fields=["user"])
        made.append(LogIn(_MEMBERS[role], email, keep.shown(user), "/"))
    for email, (title, group) in _STAFF.items():
        with transaction.atomic():
            user = _user(email, keep, is_staff=True)
            user.groups.add(Group.objects.get(name=group))
        made.append(LogIn(title, email, keep.shown(user), "/admin/"))
    for email, (title, _role) in desk.SEATS.items():
        with transaction.atomic():
            user = _user(email, keep)
            desk.seat(email, user, shops=shops, anchor=anchor)
        made.append(LogIn(title, email, keep.shown(user), "/desk/"))
    return made


class _Passwords:
    """The password that log-ins get, and what may be printed of it."""

    def __init__(self, password: str, reset: bool) -> None:
        self.password, self.reset = password, reset
        self.encoded = ""
        self.tried: dict[str, bool] = {}

    def give(self, user: User) -> None:
        """Set the password (not saved)."""
        if not self.encoded:
            self.encoded = make_password(self.password)
            self.tried[self.encoded] = True
        user.password = self.encoded

    def shown(self, user: User) -> str | None:
        """The password if it is still the user's."""
        if user.password not in self.tried:
            self.tried[user.password] = check_password(self.password, user.password)
        return self.password if self.tried[user.password] else None


def _user(email: str, passwords: _Passwords, **fields: object) -> User:
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, None, **fields)
        EmailAddress.objects.get_or_create(user=user, email=email, defaults={"verified": True, "primary": True})
    elif not passwords.reset:
        return user
    passwords.give(user)
    user.save(update_fields=["password"])
    return user
