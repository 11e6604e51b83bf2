"""Uploaded pictures: looked at by content, re-encoded, stored under the digest of what was made.

Nothing of the uploaded file survives but its pixels: no name, no metadata (a phone writes the place into it), no trailing data.
A picture is a WebP file per width, `listing/<2 digits>/<digest>-<width>.webp` in the default storage.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext_noop as _

from loyalty.lib.errors import DomainError

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 30_000_000
LEAST_SIDE = 64
# Widths and the most bytes of the derivatives; a smaller original isn't blown up.
LOGO_WIDTHS = {96: 16_000, 256: 60_000}
PHOTO_WIDTHS = {480: 80_000, 960: 220_000, 1600: 500_000}
_QUALITIES = (82, 72, 60, 45, 30, 15)
# What makes a file something else as well (an archive, a page, a document), when it stands outside the pixels.
_FOREIGN = re.compile(
    rb"PK\x03\x04|PK\x05\x06|Rar!\x1a|7z\xbc\xaf\x27|%PDF-|\x7fELF|<script|<html|<!doctype|<svg|<iframe|<body|<\?php|javascript:", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A stored picture: the digest that names it, and the size in pixels of its largest derivative."""

    digest: str
    width: int
    height: int


def store_logo(data: bytes) -> Picture:
    """Check, re-encode and keep a logo, transparency included. Raises DomainError: see `_open`."""
    return _store(data, LOGO_WIDTHS)


def store_photo(data: bytes) -> Picture:
    """Check, re-encode and keep a photo. Raises DomainError: see `_open`."""
    return _store(data, PHOTO_WIDTHS)


def file_name(digest: str, width: int) -> str:
    """Where a derivative is in the storage."""
    return f"listing/{digest[:2]}/{digest}-{width}.webp"


def url(digest: str, width: int) -> str:
    """Address of a derivative; its content never changes. Empty for no picture."""
    return f"{settings.MEDIA_URL}{file_name(digest, width)}" if digest else ""


def srcset(digest: str) -> str:
    """The `srcset` of a photo."""
    return ", ".join(f"{url(digest, width)} {width}w" for width in PHOTO_WIDTHS)


def _store(data: bytes, widths: dict[int, int]) -> Picture:
    image = _open(data)
    made = {width: _encode(image, width, most) for width, most in sorted(widths.items())}
    largest = made[max(made)]
    digest = hashlib.sha256(largest[0]).hexdigest()[:40]
    for width, (content, _size) in made.items():
        name = file_name(digest, width)
        if not default_storage.exists(name):
            default_storage.save(name, ContentFile(content))
    return Picture(digest, *largest[1])


def _open(data: bytes) -> "Image.Image":
    """The pixels of an uploaded file, upright, without anything else.

    Raises DomainError: picture_too_large, picture_unknown, picture_too_many_pixels, picture_too_small, picture_moves, picture_foreign,
    picture_damaged.
    """
    # Loaded for an upload: pages only show the addresses of what was made.
    from PIL import Image

    if len(data) > MOST_BYTES:
        raise DomainError("picture_too_large", _("The file is larger than 10 MB. Save the picture smaller and try again."))
    try:
        image = Image.open(BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except Exception:  # noqa: BLE001 (whatever a decoder makes of a hostile file)
        raise DomainError("picture_unknown", _("This is no JPEG, PNG or WebP picture.")) from None
    # Judged by the header, before a pixel is decoded.
    if image.width * image.height > MOST_PIXELS:
        raise _too_many_pixels()
    if min(image.size) < LEAST_SIDE:
        raise DomainError("picture_too_small", _("The picture is smaller than 64 pixels."))
    # A phone's JPEG may hold a second picture: the first one counts. What moves is no listing's picture.
    if image.format in ("PNG", "WEBP") and getattr(image, "n_frames", 1) > 1:
        raise DomainError("picture_moves", _("Moving pictures can't be used: save a still one."))
    if any(_FOREIGN.search(part) for part in _beside_pixels(data)):
        raise DomainError("picture_foreign", _("The file holds something other than a picture. Save it again in an image editor."))
    try:
        # A JPEG is decoded at the scale that is needed.
        image.draft("RGB", (2 * max(PHOTO_WIDTHS), 2 * max(PHOTO_WIDTHS)))
        image.load()
        return _clean(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except Exception:  # noqa: BLE001 (a truncated or malformed file)
        raise DomainError("picture_damaged", _("The picture is damaged or cut off. Save it again and try once more.")) from None


def _too_many_pixels() -> DomainError:
    return DomainError("picture_too_many_pixels", _("The picture has more than 30 megapixels. Save it smaller and try again."))


def _clean(image: "Image.Image") -> "Image.Image":
    """The pixels alone, turned as the camera was held, in RGB or RGBA."""
    from PIL import ImageOps

    upright = ImageOps.exif_transpose(image)
    transparent = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
    clean = upright.convert("RGBA" if transparent else "RGB")
    clean.info.clear()
    clean.getexif().clear()
    return clean


def _encode(image: "Image.Image", width: int, most: int) -> tuple[bytes, tuple[int, int]]:
    """(WebP at most `width` wide and twice as tall, in at most `most` bytes; its size): quality gives way first, then size."""
    from PIL import Image

    small = image.copy()
    small.thumbnail((width, 2 * width), Image.Resampling.LANCZOS)
    while True:
        for quality in _QUALITIES:
            out = BytesIO()
            small.save(out, "WEBP", quality=quality, method=4, exif=b"", xmp=b"", icc_profile=b"")
            if out.tell() <= most:
                return out.getvalue(), small.size
        small = small.resize((max(1, small.width * 3 // 4), max(1, small.height * 3 // 4)), Image.Resampling.LANCZOS)


def _beside_pixels(data: bytes) -> Iterator[bytes]:
    """What a file holds other than compressed pixels: metadata and whatever follows the picture."""
    if data.startswith(b"\xff\xd8"):
        yield from _beside_jpeg(data)
    elif data.startswith(b"\x89PNG"):
        yield from _chunks(data, start=8, after_name=True, pixels=(b"IDAT",), order="big", extra=4)
    else:
        yield from _chunks(data, start=12, after_name=False, pixels=(b"VP8 ", b"VP8L", b"ALPH"), order="little", extra=0)


def _beside_jpeg(data: bytes) -> Iterator[bytes]:
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        kind = data[place + 1]
        if kind == 0xFF:  # a fill byte
            place += 1
            continue
        if kind == 0xD9:
            break
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        yield data[place + 4 : end]
        place = end
        if kind == 0xDA:
            # Compressed pixels: the next marker that is no stuffing and no restart ends them.
            found = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]").search(data, place)
            place = found.start() if found else len(data)
    yield data[place:]


def _chunks(data: bytes, *, start: int, after_name: bool, pixels: tuple[bytes, ...], order: Any, extra: int) -> Iterator[bytes]:
    """The chunks of a PNG (length, name) or WebP (name, length) but for the pixels'; and what follows the last one."""
    place = start
    while place + 8 <= len(data):
        name, length = (data[place + 4 : place + 8], data[place : place + 4]) if after_name else (data[place : place + 4], data[place + 4 : place + 8])
        end = place + 8 + int.from_bytes(length, order) + extra
        if not after_name:
            end += end % 2  # WebP pads its chunks
        if name not in pixels:
            yield data[place:end]
        place = end
        if name == b"IEND":
            break
    yield data[place:]
