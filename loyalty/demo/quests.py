"""Levels and quests of the demo: four metals, and tasks like those a coalition would really set."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.models import Member
from loyalty.domain.levels import LadderDraft, RungDraft, TokenPosting, post_tokens, publish_ladder, settle_due
from loyalty.enums import ExpiryMode, Measure, TokenKind, WhenToFall
from loyalty.lib.clock import business_day, start_of_day
from loyalty.lib.locks import Scope, lock
from loyalty.models import Ladder, Level, Order, Programme
from partners.models import Category, Partner
from quests.domain import deeds, facts, progress, rulebook
from quests.enums import Period, Recurrence, ReturnPolicy, Starts
from quests.models import Quest, QuestGroup

# slug, name, name in English, perks, the same in English, tokens, percent, gift
LEVELS = (
    ("copper", "Медь", "Copper", "Базовые баллы у каждого партнёра", "Base points at every partner", 0, "0", 0),
    ("brass", "Латунь", "Brass", "Ранний доступ к акциям", "Early access to offers", 12, "1", 0),
    ("nickel", "Мельхиор", "Nickel silver", "Приглашения на закрытые дни партнёров", "Invitations to partners' private days", 30, "2", 100),
    ("silver", "Серебро", "Silver", "Личный номер поддержки", "A support line of your own", 60, "3", 300),
)
GROUPS = (
    ("routes", "Маршруты", "Routes", "разные партнёры", "different partners"),
    ("habits", "Привычки", "Habits", "одно и то же место", "one and the same place"),
    ("seasons", "Сезонные", "Seasonal", "открываются по датам", "open by date"),
    ("hello", "Знакомство", "Getting to know", "один раз", "once"),
    ("finds", "Находки", "Finds", "города и места", "cities and places"),
)
_LADDER_DAYS = 500
BATCH = 500


def load_levels(members: Mapping[int, Member], *, anchor: datetime, programme: Programme, now: datetime) -> None:
    """The ladder, and the tokens with which members came over from the programme before this one."""
    levels = [
        Level.objects.get_or_create(
            slug=slug, defaults={"rank": rank, "name_ru": name, "name_en": name_en, "metal": rank + 1, "perks_ru": perks, "perks_en": perks_en}
        )[0]
        for rank, (slug, name, name_en, perks, perks_en, *_rest) in enumerate(LEVELS)
    ]
    since = start_of_day(business_day(anchor, programme.zone) - timedelta(days=_LADDER_DAYS), programme.zone)
    if not Ladder.objects.exists():
        rungs = tuple(
            RungDraft(level.pk, level.rank, tokens, Decimal(0), Decimal(extra), gift)
            for level, (*_texts, tokens, extra, gift) in zip(levels, LEVELS, strict=True)
        )
        publish_ladder(LadderDraft(since, Measure.TOKENS, 730, WhenToFall.ONE_DOWN, ExpiryMode.MONTH_END, 365, 30, rungs), now=now)
    with transaction.atomic():
        lock(Scope.QUESTS, [member.pk for member in members.values()])
        postings = [
            TokenPosting(
                member.pk,
                count,
                member.joined_at,
                f"demo:{member.pk}",
                kind=TokenKind.IMPORT,
                titles={"ru": "Перенос из прежней программы", "en": "From the programme before"},
                silent=True,
            )
            for number, member in members.items()
            if (count := _brought(number))
        ]
        post_tokens(postings, programme=programme, now=now)


def _brought(number: int) -> int:
    """Tokens a member begins with: the first one, at whose page newcomers look, stands on brass."""
    return {1: 14, 2: 0}.get(number, (0, 0, 5, 0, 13, 0, 2, 31, 0, 8)[number % 10])


def load_quests(members: Mapping[int, Member], *, anchor: datetime, programme: Programme, now: datetime) -> None:
    """The catalogue of quests, and what the year's purchases make of them."""
    groups = {
        slug: QuestGroup.objects.get_or_create(
            slug=slug, defaults={"name_ru": name, "name_en": name_en, "note_ru": note, "note_en": note_en, "position": position}
        )[0]
        for position, (slug, name, name_en, note, note_en) in enumerate(GROUPS)
    }
    made: dict[str, Quest] = {}
    for position, facts_of in enumerate(_catalogue(business_day(anchor, programme.zone), programme.zone)):
        values = {**facts_of, "position": position}
        slug, after = values.pop("slug"), values.pop("after", None)
        values["group"] = groups[values["group"]]
        made[slug], created = Quest.objects.get_or_create(slug=slug, defaults={"is_published": True, "created_at": anchor, **values})
        if created and after:
            made[slug].requires.set([made[after]])
    # Twice: a level that one quest's tokens raise may open another quest.
    for _turn in range(2):
        _count(sorted(member.pk for member in members.values()), programme=programme, now=now)
        deeds.sweep(now=now)
        settle_due(programme=programme, now=now)


def _count(members: Sequence[int], *, programme: Programme, now: datetime) -> None:
    """Count everything at once; the events that follow find nothing to change."""
    for place in range(0, len(members), BATCH):
        some = members[place : place + BATCH]
        with transaction.atomic():
            lock(Scope.QUESTS, some)
            quests = rulebook.published(zone=programme.zone)
            purchases = facts.with_firsts(facts.of_rows(Order.objects.filter(member_id__in=some), zone=programme.zone))
            progress.count(purchases, quests, programme=programme, now=now)


def _catalogue(today: date, zone: ZoneInfo) -> list[dict[str, Any]]:
    """Every quest with its texts; dates are tied to the first load."""

    def day(distance: int) -> datetime:
        return start_of_day(today + timedelta(days=distance), zone)

    shops = dict(Partner.objects.values_list("slug", "pk"))
    sections = dict(Category.objects.values_list("slug", "pk"))
    month = start_of_day(today.replace(day=1), zone)
    monthly = {"recurrence": Recurrence.EVERY_PERIOD, "period": Period.MONTH, "starts_at": day(-400)}
    return [
        {
            "slug": "new-line",
            "group": "routes",
            "title_ru": "Новая линия",
            "title_en": "A new line",
            "summary_ru": "Покупки у пяти партнёров за месяц. Возвраты не считаются",
            "summary_en": "Purchases at five partners in a month. Returns don't count",
            "icon": "quest",
            "trigger": "partners",
            "target": 5,
            "reward_tokens": 3,
            **monthly,
            "starts_at": month,
        },
        {
            "slug": "transfer-station",
            "group": "routes",
            "title_ru": "Пересадка",
            "title_en": "Transfer station",
            "summary_ru": "Первые покупки у двух новых для вас партнёров. Откроется после «Новой линии»",
            "summary_en": "First purchases at two partners new to you. Opens after “A new line”",
            "icon": "store",
            "trigger": "new_partner",
            "target": 2,
            "reward_tokens": 4,
            "starts_at": day(-20),
            "ends_at": day(70),
            "after": "new-line",
        },
        {
            "slug": "three-mornings",
            "group": "habits",
            "title_ru": "Три утра с кофе",
            "title_en": "Three mornings with coffee",
            "summary_ru": "Покупка в «Зерно и пар» до 11:00",
            "summary_en": "A purchase at “Zerno i par” before 11:00",
            "icon": "coffee",
            "trigger": "hours",
            "parameters": {"partners": [shops["zerno-i-par"]], "hour_to": 11},
            "target": 3,
            "reward_tokens": 2,
            "sponsor_id": shops["zerno-i-par"],
            "starts_at": day(-14),
            "ends_at": day(15),
        },
        {
            "slug": "six-weeks",
            "group": "habits",
            "title_ru": "6 недель подряд",
            "title_en": "6 weeks in a row",
            "summary_ru": "Каждую неделю хотя бы одна покупка у любого партнёра",
            "summary_en": "At least one purchase a week at any partner",
            "icon": "clock",
            "trigger": "weeks",
            "target": 6,
            "reward_tokens": 2,
            "recurrence": Recurrence.AFTER_COMPLETION,
            "starts_at": day(-120),
        },
        {
            "slug": "weekend-basket",
            "group": "habits",
            "title_ru": "Корзина выходного дня",
            "title_en": "The weekend basket",
            "summary_ru": "Две покупки продуктов от 1 000 ₽ в субботу или воскресенье за месяц",
            "summary_en": "Two grocery purchases of 1,000 ₽ or more on a Saturday or Sunday within a month",
            "icon": "basket",
            "trigger": "large_order",
            "parameters": {"categories": [sections["food"]], "weekdays": [5, 6], "at_least": "1000.00"},
            "target": 2,
            "reward_tokens": 1,
            "reward_points": 50,
            **monthly,
            "starts_at": month,
        },
        {
            "slug": "gifts-unhurried",
            "group": "seasons",
            "title_ru": "Подарки без спешки",
            "title_en": "Gifts without haste",
            "summary_ru": "Три покупки от 1 500 ₽ в книжных и магазинах для дома",
            "summary_en": "Three purchases of 1,500 ₽ or more at bookshops and shops for the home",
            "icon": "gift",
            "trigger": "large_order",
            "parameters": {"categories": [sections["books"], sections["home"]], "at_least": "1500.00"},
            "target": 3,
            "reward_tokens": 5,
            "visible_from": day(-3),
            "starts_at": day(9),
            "ends_at": day(33),
        },
        {
            "slug": "autumn-route",
            "group": "seasons",
            "title_ru": "Осенний маршрут",
            "title_en": "The autumn route",
            "summary_ru": "Покупки у четырёх партнёров за два месяца",
            "summary_en": "Purchases at four partners within two months",
            "icon": "quest",
            "trigger": "partners",
            "target": 4,
            "reward_tokens": 3,
            "reward_points": 150,
            "starts_at": day(-95),
            "ends_at": day(-34),
        },
        {
            "slug": "bookshelf",
            "group": "seasons",
            "title_ru": "Книжная полка",
            "title_en": "The bookshelf",
            "summary_ru": "Книги на 3 000 ₽ за три месяца",
            "summary_en": "Books for 3,000 ₽ within three months",
            "icon": "book",
            "trigger": "amount",
            "parameters": {"categories": [sections["books"]]},
            "target": 3000,
            "reward_tokens": 4,
            "starts_at": day(-150),
            "ends_at": day(-60),
        },
        {
            "slug": "birthday",
            "group": "seasons",
            "title_ru": "День рождения с жетоном",
            "title_en": "A birthday with a token",
            "summary_ru": "Покупка в неделю вашего дня рождения",
            "summary_en": "A purchase in the week of your birthday",
            "icon": "gift",
            "trigger": "birthday",
            "target": 1,
            "reward_tokens": 2,
            "reward_points": 100,
            "recurrence": Recurrence.EVERY_PERIOD,
            "period": Period.YEAR,
            "starts_at": day(-365),
        },
        {
            "slug": "first-stops",
            "group": "hello",
            "title_ru": "Первые остановки",
            "title_en": "First stops",
            "summary_ru": "Три покупки за первые 30 дней в программе",
            "summary_en": "Three purchases in your first 30 days",
            "icon": "quest",
            "trigger": "orders",
            "target": 3,
            "reward_tokens": 2,
            "starts": Starts.JOINED,
            "personal_days": 30,
            "starts_at": day(-420),
        },
        {
            "slug": "contacts",
            "group": "hello",
            "title_ru": "Почта подтверждена",
            "title_en": "E-mail confirmed",
            "summary_ru": "Подтвердите почту или телефон",
            "summary_en": "Confirm your e-mail or phone",
            "icon": "mail",
            "trigger": "contact",
            "target": 1,
            "reward_tokens": 1,
            "starts_at": day(-420),
            "return_policy": ReturnPolicy.IGNORE,
        },
        {
            "slug": "profile",
            "group": "hello",
            "title_ru": "Давайте знакомиться",
            "title_en": "Nice to meet you",
            "summary_ru": "Укажите имя и день рождения в профиле",
            "summary_en": "Give your name and birthday in the profile",
            "icon": "user",
            "trigger": "profile",
            "target": 1,
            "reward_tokens": 1,
            "starts_at": day(-420),
            "return_policy": ReturnPolicy.IGNORE,
        },
        {
            "slug": "about-tokens",
            "group": "hello",
            "title_ru": "Что такое жетон",
            "title_en": "What a token is",
            "summary_ru": "Два вопроса о программе",
            "summary_en": "Two questions about the programme",
            "icon": "info",
            "trigger": "quiz",
            "parameters": {
                "questions": [
                    {
                        "id": "spend",
                        "text": "Можно ли потратить жетоны?",
                        "text_en": "Can tokens be spent?",
                        "choices": ["Да, как баллы", "Нет, они поднимают уровень"],
                        "choices_en": ["Yes, like points", "No, they raise the level"],
                        "right": 1,
                    },
                    {
                        "id": "points",
                        "text": "Какую часть покупки можно оплатить баллами?",
                        "text_en": "How much of a purchase can be paid with points?",
                        "choices": ["До половины", "Всю"],
                        "choices_en": ["Up to a half", "All of it"],
                        "right": 0,
                    },
                ]
            },
            "target": 2,
            "reward_tokens": 1,
            "starts_at": day(-30),
            "return_policy": ReturnPolicy.IGNORE,
        },
        {
            "slug": "three-cities",
            "group": "finds",
            "title_ru": "Три города",
            "title_en": "Three cities",
            "summary_ru": "Покупки в трёх разных городах за год",
            "summary_en": "Purchases in three different cities within a year",
            "icon": "pin",
            "trigger": "cities",
            "target": 3,
            "reward_tokens": 4,
            "recurrence": Recurrence.EVERY_PERIOD,
            "period": Period.YEAR,
            "starts_at": day(-365),
        },
        {
            "slug": "week-of-places",
            "group": "finds",
            "title_ru": "Неделя новых мест",
            "title_en": "A week of new places",
            "summary_ru": "Четыре разных магазина за 7 дней. Начните, когда удобно",
            "summary_en": "Four different shops in 7 days. Begin when you like",
            "icon": "store",
            "trigger": "outlets",
            "target": 4,
            "reward_tokens": 2,
            "starts": Starts.TAKEN,
            "personal_days": 7,
            "starts_at": day(-30),
            "ends_at": day(120),
        },
        {
            "slug": "points-at-work",
            "group": "finds",
            "title_ru": "Баллы в деле",
            "title_en": "Points at work",
            "summary_ru": "Оплатите баллами покупки на 500 ₽ за полгода",
            "summary_en": "Pay 500 ₽ of purchases with points within half a year",
            "icon": "receipt",
            "trigger": "points_spent",
            "target": 500,
            "reward_tokens": 1,
            "starts_at": day(-180),
        },
        {
            "slug": "code-hunt",
            "group": "finds",
            "title_ru": "Код на вывеске",
            "title_en": "The code on the sign",
            "summary_ru": "Найдите коды у касс «Зерно и пар» и «Страница 9»",
            "summary_en": "Find the codes at the tills of “Zerno i par” and “Stranitsa 9”",
            "icon": "qr",
            "trigger": "code",
            "parameters": {
                "codes": [{"code": "ZERNO-2611", "title": "Зерно и пар"}, {"code": "KNIGA-2611", "title": "Страница 9"}],
                "code_use": "once",
            },
            "target": 2,
            "reward_tokens": 2,
            "starts_at": day(-10),
            "ends_at": day(50),
            "return_policy": ReturnPolicy.IGNORE,
        },
        {
            "slug": "silver-evening",
            "group": "seasons",
            "title_ru": "Серебряный вечер",
            "title_en": "A silver evening",
            "summary_ru": "Покупка после 18:00 для участников уровня «Мельхиор» и выше",
            "summary_en": "A purchase after 18:00, for members of the level “Nickel silver” and above",
            "icon": "clock",
            "trigger": "hours",
            "parameters": {"hour_from": 18},
            "target": 1,
            "reward_tokens": 1,
            "reward_points": 200,
            "min_level": Level.objects.get(slug="nickel"),
            "winners_cap": 100,
            "starts_at": day(-7),
            "ends_at": day(30),
        },
    ]
