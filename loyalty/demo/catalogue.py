"""The coalition: categories, partners with dated terms, outlets."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from loyalty.demo.places import STATIONS, STREETS, Street
from loyalty.lib.clock import business_day, start_of_day
from partners.domain import search
from partners.domain import terms as partner_terms
from partners.domain.terms import BEGINNING, Conditions
from partners.models import Category, Outlet, Partner

# slug, name, name in English, icon
CATEGORIES = (
    ("food", "Продукты", "Groceries", "basket"),
    ("cafe", "Кафе и рестораны", "Cafés and restaurants", "coffee"),
    ("books", "Книги и досуг", "Books and leisure", "book"),
    ("pets", "Питомцы", "Pets", "paw"),
    ("health", "Аптеки и красота", "Pharmacies and beauty", "cross"),
    ("tech", "Техника", "Electronics", "plug"),
    ("home", "Дом и сад", "Home and garden", "lamp"),
    ("fashion", "Одежда и обувь", "Clothes and shoes", "shoe"),
    ("transport", "Транспорт", "Transport", "route"),
)


@dataclass(frozen=True, slots=True)
class Dated:
    """Conditions that hold from so many days before the first load (None: from the beginning)."""

    conditions: Conditions
    days_ago: int | None = None


@dataclass(frozen=True, slots=True)
class Shop:
    """A demo partner. `goods` are (name, category, lowest price, highest price in roubles, quantity's most)."""

    slug: str
    name: str
    category: str
    description: str
    terms: tuple[Dated, ...]
    outlets: int
    hours: str
    goods: tuple[tuple[str, str, int, int, int], ...]
    cities: tuple[str, ...] = ("Москва",)
    halls: bool = False

    def sku(self, place: int) -> str:
        """The partner's own number of its goods at a place of the list."""
        return f"{self.slug[:3].upper()}-{place + 1:02}"


def _pct(base: str, **others: object) -> Conditions:
    return Conditions(Decimal(base), **others)  # type: ignore[arg-type]


_TOBACCO = ("category", "Табак", "На табак баллы не начисляются: так велит закон")
_ALCOHOL = ("category", "Алкоголь", "На алкоголь баллы не начисляются")
_PRESCRIPTION = ("category", "Рецептурные лекарства", "На рецептурные лекарства баллы не начисляются")
_GIFT_CARD = ("sku", "STR-05", "Подарочная карта: баллы придут за покупку, которую ею оплатят")
_AROUND = ("Москва", "Санкт-Петербург", "Казань", "Нижний Новгород", "Тула", "Калуга", "Ярославль", "Воронеж")
_WIDE = ("Москва", "Санкт-Петербург", "Казань", "Екатеринбург", "Новосибирск", "Самара", "Ростов-на-Дону")

SHOPS = (
    Shop(
        "zerno-i-par",
        "Зерно и пар",
        "cafe",
        "Кофейни со своей обжаркой и свежей выпечкой.",
        (Dated(_pct("6")),),
        28,
        "Mo-Fr 07:30-22:00; Sa-Su 09:00-22:00",
        (
            ("Капучино 300 мл", "Кофе", 240, 290, 2),
            ("Фильтр-кофе", "Кофе", 180, 220, 2),
            ("Раф с кедровым орехом", "Кофе", 320, 380, 1),
            ("Круассан с миндалём", "Выпечка", 190, 260, 2),
            ("Сырники со сметаной", "Завтраки", 360, 420, 1),
            ("Зерно «Эфиопия», 250 г", "Зерно", 690, 940, 1),
        ),
        _WIDE,
    ),
    Shop(
        "ambar-24",
        "Амбар 24",
        "food",
        "Продукты у дома, круглые сутки.",
        (
            Dated(_pct("2", exclusions=frozenset({_TOBACCO}))),
            Dated(_pct("3", spendable_pct=Decimal(30), exclusions=frozenset({_TOBACCO, _ALCOHOL})), days_ago=150),
        ),
        40,
        "24/7",
        (
            ("Молоко 3,2 %, 1 л", "Молочное", 84, 112, 3),
            ("Хлеб ржаной", "Хлеб", 52, 78, 2),
            ("Яйца С1, 10 шт.", "Бакалея", 98, 134, 2),
            ("Яблоки «Гренни», кг", "Овощи и фрукты", 128, 176, 3),
            ("Сыр «Пошехонский», 300 г", "Молочное", 268, 344, 1),
            ("Курица охлаждённая, кг", "Мясо", 236, 318, 2),
            ("Сигареты", "Табак", 189, 246, 2),
            ("Вино сухое, 0,75 л", "Алкоголь", 590, 1190, 1),
        ),
        _AROUND,
    ),
    Shop(
        "stranitsa-9",
        "Страница 9",
        "books",
        "Книжные с тихими читальными залами.",
        (Dated(_pct("5", exclusions=frozenset({_GIFT_CARD}))),),
        22,
        "Mo-Su 10:00-22:00",
        (
            ("Роман в твёрдой обложке", "Художественная литература", 540, 980, 2),
            ("Детская книга с картинками", "Детям", 420, 890, 3),
            ("Тетрадь в точку", "Канцелярия", 160, 320, 4),
            ("Путеводитель", "Нон-фикшн", 690, 1180, 1),
            ("Подарочная карта", "Подарочные карты", 1000, 1000, 1),
        ),
        _WIDE,
    ),
    Shop(
        "lapa-i-hvost",
        "Лапа и хвост",
        "pets",
        "Корм, лакомства и всё для прогулок.",
        (Dated(_pct("5")),),
        20,
        "Mo-Su 09:00-21:00",
        (
            ("Корм для кошек, 2 кг", "Корм", 890, 1490, 1),
            ("Корм для собак, 3 кг", "Корм", 1290, 2150, 1),
            ("Наполнитель, 10 л", "Уход", 420, 690, 2),
            ("Игрушка-мышь", "Игрушки", 120, 260, 3),
            ("Поводок", "Прогулки", 590, 1250, 1),
        ),
        _AROUND,
    ),
    Shop(
        "dom-aptekarya",
        "Дом аптекаря",
        "health",
        "Аптеки с провизором, который отвечает на вопросы.",
        (Dated(_pct("2", exclusions=frozenset({_PRESCRIPTION}))),),
        30,
        "Mo-Su 08:00-23:00",
        (
            ("Витамин D3, 60 капсул", "Витамины", 390, 720, 1),
            ("Пластырь, набор", "Первая помощь", 90, 180, 2),
            ("Крем для рук", "Уход", 160, 340, 2),
            ("Антибиотик по рецепту", "Рецептурные лекарства", 280, 940, 1),
            ("Термометр электронный", "Приборы", 320, 590, 1),
        ),
        _AROUND,
    ),
    Shop(
        "volt-i-amper",
        "Вольт и ампер",
        "tech",
        "Техника для дома и работы, настройка на месте.",
        (Dated(_pct("1")), Dated(_pct("1.5"), days_ago=200)),
        18,
        "Mo-Su 10:00-22:00",
        (
            ("Ноутбук 14″", "Компьютеры", 54900, 119900, 1),
            ("Наушники беспроводные", "Звук", 3990, 14900, 1),
            ("Чайник электрический", "Кухня", 1990, 5490, 1),
            ("Лампа настольная", "Свет", 1490, 3990, 1),
            ("Кабель USB-C", "Аксессуары", 490, 1290, 2),
        ),
        _WIDE,
    ),
    Shop(
        "mylo-i-len",
        "Мыло и лён",
        "home",
        "Текстиль и мыло ручной работы.",
        (Dated(_pct("4")),),
        18,
        "Mo-Su 10:00-21:00",
        (
            ("Мыло с лавандой", "Мыло", 240, 390, 4),
            ("Полотенце льняное", "Текстиль", 690, 1290, 2),
            ("Скатерть", "Текстиль", 1890, 3490, 1),
            ("Свеча из воска", "Свечи", 450, 890, 2),
        ),
        _WIDE,
    ),
    Shop(
        "turniket",
        "Турникет",
        "transport",
        "Транспортная карта города: пополнения в кассах и автоматах метро.",
        (Dated(_pct("2", spendable_pct=Decimal(0), pending_days=1)),),
        40,
        "Mo-Su 05:30-01:00",
        (("Пополнение карты «Турникет»", "Пополнение проездного", 1, 1, 1),),
        halls=True,
    ),
    Shop(
        "shag-i-kabluk",
        "Шаг и каблук",
        "fashion",
        "Обувь и ремонт обуви за один день.",
        (Dated(_pct("5")),),
        16,
        "Mo-Su 10:00-22:00",
        (
            ("Ботинки кожаные", "Обувь", 6900, 13900, 1),
            ("Кеды", "Обувь", 2990, 6490, 1),
            ("Набойки", "Ремонт", 450, 900, 1),
            ("Крем для обуви", "Уход", 290, 590, 2),
        ),
        _AROUND,
    ),
    Shop(
        "myata-i-sol",
        "Мята и соль",
        "cafe",
        "Рестораны простой кухни: печь, рыба, зелень.",
        (Dated(_pct("7", exclusions=frozenset({_ALCOHOL}))),),
        14,
        "Mo-Th 12:00-23:00; Fr-Sa 12:00-01:00; Su 12:00-23:00",
        (
            ("Суп дня", "Кухня", 340, 490, 2),
            ("Форель из печи", "Кухня", 890, 1390, 2),
            ("Паста с зеленью", "Кухня", 560, 790, 2),
            ("Лимонад", "Напитки", 290, 390, 2),
            ("Бокал вина", "Алкоголь", 420, 690, 2),
        ),
        _WIDE,
    ),
    Shop(
        "dvor-i-sad",
        "Двор и сад",
        "home",
        "Инструменты, рассада и всё для дачи.",
        (Dated(_pct("4", spendable_pct=Decimal(70))),),
        16,
        "Mo-Su 08:00-21:00",
        (
            ("Рассада томатов", "Растения", 120, 340, 6),
            ("Секатор", "Инструменты", 890, 2490, 1),
            ("Грунт, 50 л", "Земля", 390, 690, 3),
            ("Шланг, 20 м", "Полив", 1290, 2890, 1),
        ),
        _AROUND,
    ),
    Shop(
        "tretiy-ryad",
        "Третий ряд",
        "books",
        "Кинотеатры с авторской программой.",
        (Dated(_pct("8", lifetime_days=90)),),
        14,
        "Mo-Su 10:00-01:00",
        (
            ("Билет в кино", "Билеты", 350, 690, 4),
            ("Попкорн", "Бар", 290, 450, 2),
            ("Лимонад", "Бар", 190, 290, 2),
        ),
        _WIDE,
    ),
    Shop(
        "nitka",
        "Нитка",
        "fashion",
        "Одежда из льна и хлопка, пошив по меркам.",
        (Dated(_pct("5", pending_days=14)),),
        16,
        "Mo-Su 10:00-22:00",
        (
            ("Рубашка льняная", "Одежда", 3490, 6900, 1),
            ("Футболка", "Одежда", 1290, 2490, 3),
            ("Носки, пара", "Одежда", 190, 390, 5),
            ("Пальто", "Одежда", 11900, 24900, 1),
        ),
        _WIDE,
    ),
    Shop(
        "ostrov-igr",
        "Остров игр",
        "books",
        "Настольные игры и игротека по выходным.",
        (Dated(_pct("5.5")),),
        14,
        "Mo-Fr 11:00-21:00; Sa-Su 10:00-22:00",
        (
            ("Настольная игра", "Игры", 1290, 4490, 1),
            ("Пазл, 1000 деталей", "Пазлы", 690, 1490, 1),
            ("Кубики, набор", "Игры", 290, 590, 2),
        ),
        _WIDE,
    ),
)


def load(*, anchor: datetime, zone: ZoneInfo) -> dict[str, Partner]:
    """Categories, partners, their terms and outlets, as far as they are missing. Staff's own changes stay. slug → partner."""
    for position, (slug, name, name_en, icon) in enumerate(CATEGORIES):
        Category.objects.get_or_create(slug=slug, defaults={"name_ru": name, "name_en": name_en, "icon": icon, "position": position})
    categories = {category.slug: category for category in Category.objects.all()}
    partners = {}
    for shop in SHOPS:
        values = {"name": shop.name, "category": categories[shop.category], "description": shop.description, "created_at": anchor - timedelta(days=420)}
        partner, _created = Partner.objects.get_or_create(slug=shop.slug, defaults=values)
        _give_terms(partner, shop, anchor=anchor, zone=zone)
        _open_outlets(partner, shop)
        partners[shop.slug] = partner
    search.refresh(partner_ids=[partner.pk for partner in partners.values()])
    return partners


def start_of(dated: Dated, *, anchor: datetime, zone: ZoneInfo) -> datetime:
    """The instant from which dated conditions hold."""
    if dated.days_ago is None:
        return BEGINNING
    return start_of_day(business_day(anchor, zone) - timedelta(days=dated.days_ago), zone)


def _give_terms(partner: Partner, shop: Shop, *, anchor: datetime, zone: ZoneInfo) -> None:
    known = {row.valid_from for row in partner_terms.timeline(partner.pk)}
    for dated in shop.terms:
        start = start_of(dated, anchor=anchor, zone=zone)
        if start not in known:
            partner_terms.give(partner, dated.conditions, valid_from=start, now=anchor)


# Cities whose clocks differ from the programme's.
_ZONES = {"Екатеринбург": "Asia/Yekaterinburg", "Новосибирск": "Asia/Novosibirsk", "Самара": "Europe/Samara"}


def _open_outlets(partner: Partner, shop: Shop) -> None:
    # A generator of its own for each partner: another partner more changes nobody's addresses.
    dice = random.Random(f"outlets {shop.slug}")
    outlets = []
    for number in range(1, shop.outlets + 1):
        place = STATIONS[number - 1] if shop.halls else _street(shop, number, dice)
        if shop.halls:
            name, address = f"Кассы станции «{place.address}»", f"станция метро «{place.address}»"
            lat, lng = place.lat, place.lng
        else:
            house = dice.randint(2, 98)
            name, address = f"{shop.name}, {place.address}", f"{place.address}, {house}"
            lat, lng = place.lat + dice.uniform(-0.006, 0.006), place.lng + dice.uniform(-0.009, 0.009)
        outlets.append(
            Outlet(
                partner=partner,
                external_id=f"{number:03}",
                name=name,
                address=address,
                city=place.city,
                country="RU",
                lat=round(lat, 6),
                lng=round(lng, 6),
                phone="" if shop.halls else f"+7 800 000-{dice.randint(10, 99)}-{number:02}",
                hours=shop.hours,
                timezone=_ZONES.get(place.city, ""),
            )
        )
    Outlet.objects.bulk_create(outlets, ignore_conflicts=True)


def _street(shop: Shop, number: int, dice: random.Random) -> Street:
    """Every second outlet is in Moscow, the others go round the partner's cities."""
    city = "Москва" if number % 2 else shop.cities[(number // 2) % len(shop.cities)]
    return dice.choice(STREETS[city])
