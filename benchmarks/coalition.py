"""A large coalition for measurements: 2 000 partners, 100 000 outlets, deterministic. Dense cities, sparse lands, one huge chain."""

import random
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice

PARTNERS, OUTLETS = 2_000, 100_000
# name, country, zone, latitude, longitude, share of the outlets, spread in degrees
CITIES = (
    ("Москва", "RU", "Europe/Moscow", 55.752, 37.617, 22, 0.13),
    ("Санкт-Петербург", "RU", "Europe/Moscow", 59.938, 30.314, 9, 0.10),
    ("Новосибирск", "RU", "Asia/Novosibirsk", 55.030, 82.920, 4, 0.07),
    ("Екатеринбург", "RU", "Asia/Yekaterinburg", 56.838, 60.605, 4, 0.06),
    ("Казань", "RU", "Europe/Moscow", 55.796, 49.108, 4, 0.06),
    ("Мурманск", "RU", "Europe/Moscow", 68.970, 33.075, 1, 0.03),
    ("Анадырь", "RU", "Asia/Anadyr", 64.733, 177.508, 1, 0.02),
    ("Рига", "LV", "Europe/Riga", 56.949, 24.105, 3, 0.05),
    ("Chișinău", "MD", "Europe/Chisinau", 47.010, 28.863, 3, 0.05),
    ("Berlin", "DE", "Europe/Berlin", 52.520, 13.405, 5, 0.10),
    ("London", "GB", "Europe/London", 51.507, -0.128, 5, 0.12),
    ("New York", "US", "America/New_York", 40.713, -74.006, 6, 0.10),
    ("東京", "JP", "Asia/Tokyo", 35.677, 139.765, 6, 0.12),
    ("Suva", "FJ", "Pacific/Fiji", -18.140, 178.440, 1, 0.05),
    ("Longyearbyen", "NO", "Arctic/Longyearbyen", 78.223, 15.647, 1, 0.02),
)
COUNTRYSIDE = 25  # the share that lies anywhere on the earth
HOURS = (
    "24/7",
    "",
    "Mo-Fr 09:00-18:00; Sa-Su off",
    "Mo-Fr 09:00-13:00,14:00-20:00; Sa 10:00-18:00; Su,PH off",
    "Mo-Th 12:00-24:00; Fr-Sa 12:00-02:00; Su 12:00-23:00",
)
STREETS = ("Тверская", "Ленина", "Мира", "Садовая", "Гагарина", "Пушкина", "Лесная", "Школьная", "Broadway", "High Street")
FIRST = (
    "Зерно",
    "Амбар",
    "Берег",
    "Дом",
    "Лапа",
    "Мята",
    "Нитка",
    "Остров",
    "Печь",
    "Сад",
    "Тропа",
    "Утро",
    "Фонарь",
    "Шаг",
    "Яблоко",
    "North",
    "Golden",
    "Urban",
)
SECOND = ("и пар", "24", "и свет", "аптекаря", "и хвост", "и соль", "и игла", "игр", "и хлеб", "Coffee", "Market", "Books", "у моря", "на углу", "плюс")
SECTIONS = (
    ("food", "Продукты", "Groceries"),
    ("cafe", "Кафе и рестораны", "Cafés and restaurants"),
    ("books", "Книги и досуг", "Books and leisure"),
    ("health", "Аптеки и красота", "Pharmacies and beauty"),
    ("fashion", "Одежда и обувь", "Clothes and shoes"),
)


def load(*, partners: int = PARTNERS, outlets: int = OUTLETS) -> None:
    """Fill an empty database."""
    from django.db import connection

    from partners.domain import search
    from partners.models import Category, Outlet, Partner, Terms

    dice = random.Random("coalition")
    sections = Category.objects.bulk_create(Category(slug=slug, name_ru=name, name_en=english, position=n) for n, (slug, name, english) in enumerate(SECTIONS))
    companies = Partner.objects.bulk_create(
        [
            Partner(
                slug=f"p{n}",
                name=f"{dice.choice(FIRST)} {dice.choice(SECOND)} {n}",
                category=dice.choice(sections),
                description="Свежая выпечка, кофе и всё для дома: рядом, каждый день.",
            )
            for n in range(partners)
        ],
        batch_size=200,
    )
    since = datetime(2020, 1, 1, tzinfo=UTC)
    Terms.objects.bulk_create(
        [
            Terms(partner=one, valid_from=since, base_pct=Decimal(dice.randint(2, 20)) / 2, spendable_pct=dice.choice([None, None, Decimal(30), Decimal(0)]))
            for one in companies
        ],
        batch_size=100,
    )
    places = _places(dice)
    # Few chains are large: the first has a fifth of all outlets.
    owners = [companies[0] if dice.random() < 0.2 else companies[int(partners * dice.random() ** 1.5)] for _n in range(outlets)]
    numbered = enumerate(zip(owners, places, strict=False))
    while batch := list(islice(numbered, 5_000)):
        Outlet.objects.bulk_create(
            [
                Outlet(
                    partner=owner,
                    external_id=f"{n}",
                    name=owner.name,
                    address=f"{dice.choice(STREETS)}, {dice.randint(1, 99)}",
                    city=city,
                    country=country,
                    lat=lat,
                    lng=lng,
                    hours=dice.choice(HOURS)
                    if dice.random() < 0.9
                    else f"Mo-Su {dice.randint(6, 11):02}:{dice.choice(('00', '15', '30'))}-{dice.randint(17, 23)}:00",
                    timezone=zone,
                )
                for n, (owner, (city, country, zone, lat, lng)) in batch
            ],
            batch_size=80,
        )
    search.refresh()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def _places(dice: random.Random):  # noqa: ANN202
    shares = [*(city[5] for city in CITIES), COUNTRYSIDE]
    while True:
        pick = dice.choices([*CITIES, None], shares)[0]
        if pick is None:
            yield "", "RU", "", round(dice.uniform(-60, 80), 6), round(dice.uniform(-180, 180), 6)
            continue
        city, country, zone, lat, lng, _share, spread = pick
        yield (
            city,
            country,
            zone,
            round(min(dice.gauss(lat, spread), 90), 6),
            round((dice.gauss(lng, spread * 1.8) + 180) % 360 - 180, 6),
        )
