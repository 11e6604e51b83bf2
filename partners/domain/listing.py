"""What a listing shows, and how fresh it is."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from partners.domain import pictures
from partners.models import Partner

# After so long a partner is asked whether the listing is still right.
FRESH_FOR = timedelta(days=90)
MOST_PHOTOS = 8
TEXTS = ("short_line", "description", "exclusions_text")


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo as a page needs it: addresses, size in pixels, words for those who don't see it."""

    digest: str
    src: str
    srcset: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What a partner's page shows of its own words and pictures. Empty strings where there is nothing."""

    short_line: str
    description: str
    exclusions_text: str
    logo: str
    photos: list[Photo]


def read(partner: Partner) -> Listing:
    """The published texts in the reader's language (or the first that has any) and pictures. No query."""
    texts = {name: str(getattr(partner, name)) for name in TEXTS}
    return Listing(**texts, logo=pictures.url(partner.logo, max(pictures.LOGO_WIDTHS)), photos=photos(partner.photos))


def photos(kept: list[dict[str, object]]) -> list[Photo]:
    """Photos from what a partner's row or a change keeps of them."""
    made = []
    for one in kept:
        digest = str(one["image"])
        made.append(
            Photo(
                digest=digest,
                src=pictures.url(digest, 960),
                srcset=pictures.srcset(digest),
                width=int(str(one["width"])),
                height=int(str(one["height"])),
                alt=str(one.get("alt", "")),
            )
        )
    return made


def confirm(partner: Partner, *, now: datetime) -> None:
    """Somebody of the partner says that the listing is right as it stands."""
    partner.confirmed_at = now
    partner.save(update_fields=["confirmed_at"])


def is_stale(partner: Partner, *, now: datetime) -> bool:
    """Whether nobody has confirmed the listing for 90 days. A new partner's time begins when it joins."""
    return (partner.confirmed_at or partner.created_at) <= now - FRESH_FOR


def claim_reminders(*, now: datetime) -> list[Partner]:
    """The partners to remind, marked as reminded: once for each time that a listing grows stale, whoever else asks."""
    since = Coalesce("confirmed_at", "created_at")
    unreminded = Q(reminded_at=None) | Q(reminded_at__lt=F("confirmed_at"))
    stale = Partner.objects.filter(unreminded, is_active=True).annotate(since=since).filter(since__lte=now - FRESH_FOR)
    # The conditional update decides who sends: another process that found the same row changes nothing.
    return [partner for partner in stale.order_by("pk") if Partner.objects.filter(unreminded, pk=partner.pk).update(reminded_at=now)]
