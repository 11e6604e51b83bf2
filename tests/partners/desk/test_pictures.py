"""Uploads: only pixels come through, and what isn't a picture alone is refused with a sentence."""

import io
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image, PngImagePlugin

from loyalty.lib.errors import DomainError
from partners.domain import pictures


@pytest.fixture(autouse=True)
def _media(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def encoded(kind: str = "JPEG", size: tuple[int, int] = (640, 400), mode: str = "RGB", **options: Any) -> bytes:
    out = io.BytesIO()
    image = Image.linear_gradient("L").resize(size).convert(mode)
    image.save(out, kind, **options)
    return out.getvalue()


def archive(name: str = "page.html", text: str = "<script>alert(1)</script>") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        target.writestr(name, text)
    return out.getvalue()


def png_of(width: int, height: int, data: bytes) -> bytes:
    """A PNG whose header says any size."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def comment_of(jpeg: bytes, text: bytes) -> bytes:
    """A JPEG with a comment."""
    return jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(text) + 2) + text + jpeg[2:]


def noted_png(text: str) -> bytes:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", text)
    return encoded("PNG", pnginfo=notes)


def refusal(data: bytes) -> tuple[str, str]:
    with pytest.raises(DomainError) as refused:
        pictures.store_photo(data)
    assert not any(Path(default_storage.path("")).rglob("*.webp"))
    return refused.value.code, refused.value.message


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300"><script>alert(1)</script></svg>'
UNWANTED = {
    "svg with a script": (SVG, "picture_unknown"),
    "svg": (SVG.replace(b"<script>alert(1)</script>", b""), "picture_unknown"),
    "html": (b"<!doctype html><script>alert(1)</script>", "picture_unknown"),
    "gif": (encoded("GIF"), "picture_unknown"),
    "bmp": (encoded("BMP"), "picture_unknown"),
    "tiff": (encoded("TIFF"), "picture_unknown"),
    "empty": (b"", "picture_unknown"),
    "text": (b"just words", "picture_unknown"),
    "zip": (archive(), "picture_unknown"),
    "gifar": (b"GIF89a" + archive(), "picture_unknown"),
    "jpeg and zip": (encoded() + archive(), "picture_foreign"),
    "png and zip": (encoded("PNG") + archive(), "picture_foreign"),
    "webp and zip": (encoded("WEBP") + archive(), "picture_foreign"),
    "jpeg and html": (encoded() + b"<HTML><body>", "picture_foreign"),
    "jpeg and pdf": (encoded() + b"%PDF-1.7", "picture_foreign"),
    "html in a jpeg's comment": (comment_of(encoded(), b"--><script>alert(1)</script>"), "picture_foreign"),
    "html in a progressive jpeg's comment": (comment_of(encoded(progressive=True), b"<svg onload=1>"), "picture_foreign"),
    "zip in a jpeg's comment": (comment_of(encoded(), archive()), "picture_foreign"),
    "php in a png's note": (noted_png("<?php system($_GET['c']); ?>"), "picture_foreign"),
    "page in webp's xmp": (encoded("WEBP", xmp=b"<html><script>1</script>"), "picture_foreign"),
    "cut off jpeg": (encoded()[:2000], "picture_damaged"),
    "cut off png": (encoded("PNG", (900, 900))[:400], "picture_damaged"),
    "cut off webp": (encoded("WEBP", (900, 900))[:300], "picture_unknown"),
    "png bomb": (png_of(50_000, 50_000, bytes(10_000)), "picture_too_many_pixels"),
    "100 megapixels": (png_of(10_000, 10_000, bytes(10_000)), "picture_too_many_pixels"),
    "31 megapixels": (png_of(6_200, 5_000, bytes(1000)), "picture_too_many_pixels"),
    "more than 10 MB": (encoded() + bytes(pictures.MOST_BYTES), "picture_too_large"),
    "tiny": (encoded(size=(63, 200)), "picture_too_small"),
    "animated png": (encoded("PNG", save_all=True, append_images=[Image.new("RGB", (640, 400), "red")]), "picture_moves"),
    "animated webp": (encoded("WEBP", save_all=True, append_images=[Image.new("RGB", (640, 400), "red")]), "picture_moves"),
}


@pytest.mark.parametrize("name", UNWANTED)
def test_what_is_no_picture_alone_is_refused_with_a_sentence(name: str) -> None:
    data, code = UNWANTED[name]
    found, sentence = refusal(data)
    assert found == code
    assert sentence.endswith(".")


def test_a_real_picture_of_100_megapixels_is_refused_before_it_is_decoded() -> None:
    out = io.BytesIO()
    Image.new("L", (10_000, 10_000)).save(out, "PNG")
    assert len(out.getvalue()) < 1_000_000
    assert refusal(out.getvalue())[0] == "picture_too_many_pixels"


def test_a_text_bomb_in_a_png_is_refused() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "a" * 5_000_000, zip=True)
    assert refusal(encoded("PNG", pnginfo=notes))[0] in ("picture_unknown", "picture_damaged")


def stored(digest: str, width: int) -> Image.Image:
    return Image.open(default_storage.path(pictures.file_name(digest, width)))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_pictures_are_re_encoded_at_three_widths(kind: str) -> None:
    picture = pictures.store_photo(encoded(kind, (2400, 1200)))
    assert (picture.width, picture.height) == (1600, 800)
    for width, most in pictures.PHOTO_WIDTHS.items():
        image = stored(picture.digest, width)
        assert image.format == "WEBP"
        assert image.size == (width, width // 2)
        assert Path(default_storage.path(pictures.file_name(picture.digest, width))).stat().st_size <= most


def test_a_small_picture_is_not_blown_up() -> None:
    picture = pictures.store_photo(encoded(size=(300, 200)))
    assert stored(picture.digest, 1600).size == (300, 200)


def test_noise_is_brought_below_the_limit() -> None:
    out = io.BytesIO()
    Image.effect_noise((1600, 1600), 200).convert("RGB").save(out, "JPEG", quality=90)
    picture = pictures.store_photo(out.getvalue())
    for width, most in pictures.PHOTO_WIDTHS.items():
        assert Path(default_storage.path(pictures.file_name(picture.digest, width))).stat().st_size <= most


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_place_that_a_phone_notes_is_gone(kind: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Phone of Anna"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (55.0, 45.0, 7.0)
    data = encoded(kind, exif=exif)
    assert b"Phone of Anna" in data
    picture = pictures.store_photo(data)
    for width in pictures.PHOTO_WIDTHS:
        image = stored(picture.digest, width)
        assert dict(image.getexif()) == {}
        assert not {"exif", "xmp", "icc_profile"} & set(image.info)
        assert b"Anna" not in Path(default_storage.path(pictures.file_name(picture.digest, width))).read_bytes()


def test_a_picture_is_turned_as_the_camera_was_held() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = pictures.store_photo(encoded(size=(800, 400), exif=exif))
    assert (picture.width, picture.height) == (400, 800)


def test_a_logo_keeps_its_transparency() -> None:
    picture = pictures.store_logo(encoded("PNG", (500, 500), mode="RGBA"))
    assert stored(picture.digest, 256).size == (256, 256)
    out = io.BytesIO()
    Image.new("RGBA", (200, 200), (255, 0, 0, 0)).save(out, "PNG")
    clear = pictures.store_logo(out.getvalue())
    assert stored(clear.digest, 96).convert("RGBA").getpixel((5, 5))[3] == 0  # type: ignore[index]


def test_the_name_and_its_ending_count_for_nothing_and_the_same_picture_is_kept_once() -> None:
    first, second = pictures.store_photo(encoded("PNG")), pictures.store_photo(encoded("PNG"))
    assert first == second
    assert len(list(Path(default_storage.path("")).rglob("*.webp"))) == 3


def test_phones_pictures_with_a_trailer_of_their_own_come_through() -> None:
    assert pictures.store_photo(encoded() + b"\0" * 64 + b"SEFH" + bytes(20) + b"SEFT").width == 640


def test_pictures_are_served_as_images_and_nothing_else(client: Client) -> None:
    picture = pictures.store_photo(encoded())
    response = client.get(pictures.url(picture.digest, 480))
    assert response.status_code == 200
    assert response["Content-Type"] == "image/webp"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert "immutable" in response["Cache-Control"]
    assert Image.open(io.BytesIO(response.content)).format == "WEBP"


@pytest.mark.parametrize(
    "path",
    [
        "/media/listing/ab/abcdefabcdefabcdefabcdefabcdefabcdefabcd-480.webp",
        "/media/listing/../../zheton.sqlite3",
        "/media/listing/ab/..%2f..%2fzheton.sqlite3",
        "/media/brand/logo.svg",
        "/media/",
    ],
)
def test_nothing_else_is_served_from_the_media_folder(client: Client, path: str) -> None:
    Path(default_storage.path("zheton.sqlite3")).write_text("secret")
    assert client.get(path).status_code == 404
    assert client.post(path).status_code in (404, 405)
