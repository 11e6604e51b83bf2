"""The partners' side of the demo: logos and short lines, people at a desk, a change that waits for review."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from io import BytesIO
from math import cos, pi, sin

from django.core.files.storage import default_storage
from PIL import Image, ImageDraw

from accounts.models import User
from partners.domain import pictures
from partners.domain.desk import changes
from partners.enums import DeskRole
from partners.models import ChangeKind, ListingChange, Partner, PartnerUser

# Whose desk the log-ins are for.
PARTNER = "zerno-i-par"
# e-mail → title, role
SEATS = {
    "desk-manager@example.org": ("Partner's desk: manager", DeskRole.MANAGER),
    "desk-editor@example.org": ("Partner's desk: editor", DeskRole.EDITOR),
    "desk-viewer@example.org": ("Partner's desk: viewer", DeskRole.VIEWER),
}
# slug → short line in Russian and English, two colours, petals of the logo
_LISTINGS = {
    "zerno-i-par": ("Кофейни со своей обжаркой", "Coffee shops that roast their own", "#5b3a29", "#f2d8b3", 5),
    "ambar-24": ("Продукты у дома, круглые сутки", "Groceries around the corner, day and night", "#1d5c3f", "#f6c945", 4),
    "stranitsa-9": ("Книжные с читальными залами", "Bookshops with reading rooms", "#27406b", "#e9eef8", 9),
    "lapa-i-hvost": ("Корм и прогулки", "Food and walks", "#7a3e8e", "#fbe4c8", 3),
    "dom-aptekarya": ("Аптеки, где отвечают на вопросы", "Pharmacies that answer questions", "#0f6d75", "#d7f3ee", 4),
    "volt-i-amper": ("Техника с настройкой на месте", "Electronics, set up on the spot", "#1f2937", "#ffb74d", 6),
    "mylo-i-len": ("Текстиль и мыло ручной работы", "Linen and handmade soap", "#6b7d5e", "#f4efe3", 8),
    "myata-i-sol": ("Печь, рыба, зелень", "Oven, fish, greens", "#2f6f4f", "#e7f5d8", 7),
}
_EXCLUSIONS = {"dom-aptekarya": ("На рецептурные лекарства баллы не начисляются.", "Prescription medicines earn no points.")}
_SIZE = 512


def dress(shops: Mapping[str, Partner], *, anchor: datetime) -> None:
    """Give listings their logos, short lines and dates of confirmation where they have none. What people changed since stays."""
    for number, (slug, (line, line_en, ground, face, petals)) in enumerate(_LISTINGS.items()):
        partner = shops[slug]
        fields: list[str] = []
        if not partner.short_line:
            excluded, excluded_en = _EXCLUSIONS.get(slug, ("", ""))
            texts = {"short_line_ru": line, "short_line_en": line_en, "exclusions_text_ru": excluded, "exclusions_text_en": excluded_en}
            for name, text in texts.items():
                setattr(partner, name, text)
            fields += texts
        if not partner.logo or not default_storage.exists(pictures.file_name(partner.logo, max(pictures.LOGO_WIDTHS))):
            digest = pictures.store_logo(_logo(ground, face, petals)).digest
            if not partner.logo:
                partner.logo = digest
                fields.append("logo")
        if partner.confirmed_at is None:
            # The last of them has waited too long: its desk shows the reminder.
            partner.confirmed_at = anchor - timedelta(days=8 + 13 * number)
            fields.append("confirmed_at")
        if fields:
            partner.save(update_fields=fields)


def seat(email: str, user: User, *, shops: Mapping[str, Partner], anchor: datetime) -> None:
    """Put a log-in at its desk; the editor has sent a change for review, once."""
    partner, (_title, role) = shops[PARTNER], SEATS[email]
    PartnerUser.objects.get_or_create(partner=partner, user=user, defaults={"role": role, "created_at": anchor - timedelta(days=200)})
    if role == DeskRole.EDITOR and not ListingChange.objects.filter(partner=partner).exists():
        words = f"{partner.description} Завтраки весь день, в зале тихо и есть розетки. Можно с собаками."
        changes.draft(partner, kind=ChangeKind.LISTING, values={"description": words}, by_id=user.pk, now=anchor - timedelta(days=1, hours=3), send=True)


def _logo(ground: str, face: str, petals: int) -> bytes:
    """A flower of circles on a round ground, as a PNG: the same for the same arguments."""
    image = Image.new("RGBA", (_SIZE, _SIZE), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.ellipse((4, 4, _SIZE - 4, _SIZE - 4), fill=ground)
    middle, radius = _SIZE / 2, _SIZE * (0.16 if petals < 6 else 0.11)
    for turn in range(petals):
        angle = 2 * pi * turn / petals - pi / 2
        x, y = middle + cos(angle) * _SIZE * 0.25, middle + sin(angle) * _SIZE * 0.25
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=face)
    draw.ellipse((middle - radius * 0.8, middle - radius * 0.8, middle + radius * 0.8, middle + radius * 0.8), fill=face)
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
