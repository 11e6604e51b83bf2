"""Style sheets, colours, logo and icons of the programme."""

import re
import struct
import zlib
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from pytest_django import Settings

from loyalty.lib import colour
from loyalty.models import Programme
from loyalty.web.brand import brand_css_url, cabinet_css_url, squeeze
from tests.factories.loyalty import make_programme
from tests.loyalty.views.pages import raw


def test_the_six_knobs_come_from_the_programme(visitor: Client) -> None:
    make_programme(brand_base="#243b8f", brand_accent="#ff6f59", brand_radius=8, brand_notch=0)
    css = visitor.get("/brand.css").content.decode()
    for knob in ("--brand-base:#243b8f", "--brand-accent:#ff6f59", "--brand-radius:8px", "--brand-notch:0px", "--brand-logo:url("):
        assert knob in css


def test_a_changed_brand_has_another_address_and_the_old_one_is_not_kept(visitor: Client, programme: Programme) -> None:
    old = brand_css_url(programme)
    assert visitor.get(old)["Cache-Control"] == "public, max-age=31536000, immutable"
    assert old in raw(visitor.get("/"))
    new = brand_css_url(make_programme(brand_base="#243b8f"))
    assert new != old
    assert "immutable" not in visitor.get(old)["Cache-Control"]
    assert new in raw(visitor.get("/"))


def test_the_style_sheets_are_one_cached_file_with_the_layers_declared_first(visitor: Client) -> None:
    response = visitor.get(cabinet_css_url())
    css = response.content.decode()
    assert response["Cache-Control"].endswith("immutable")
    assert css.startswith("@layer reset,")
    assert "/*" not in css
    assert css.count("{") == css.count("}")
    assert len(zlib.compress(response.content, 9)) < 14_000


def test_squeezing_keeps_what_has_meaning() -> None:
    assert squeeze("a:is(b) c {\n  width: calc(1px + 2px); /* why */\n  & > d { e: f; }\n}") == "a:is(b) c{width: calc(1px + 2px);& > d{e: f}}"


def test_an_uploaded_logo_is_an_image_and_nothing_more(visitor: Client, programme: Programme, settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    assert visitor.get("/brand/logo").status_code == 404
    programme.brand_logo.save("logo.svg", ContentFile(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"))
    response = visitor.get("/brand/logo")
    assert response["Content-Type"] == "image/svg+xml"
    assert response["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert "/brand/logo?v=" in visitor.get("/brand.css").content.decode()


@pytest.mark.parametrize("size", [180, 192, 512])
def test_icons_are_pngs_in_the_brands_colours(visitor: Client, programme: Programme, size: int) -> None:
    image = visitor.get(f"/brand/icon-any-{size}.png").content
    assert image.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", image[16:24]) == (size, size)
    palette = image[image.index(b"PLTE") + 4 :]
    assert palette[:3] == bytes.fromhex(colour.role(programme.brand_base, 0.285, 0.05)[1:])
    assert len(image) < 20_000


def test_other_sizes_are_not_drawn(visitor: Client) -> None:
    assert visitor.get("/brand/icon-any-4096.png").status_code == 404


def test_colours_outside_css_are_those_of_the_tokens() -> None:
    # The reference's own theme-color values for its green.
    assert (colour.canvas("#14453a"), colour.canvas("#14453a", dark=True)) == ("#edf4f2", "#091512")


def test_the_manifest_follows_the_programme(visitor: Client) -> None:
    make_programme(name="Orbit", brand_base="#243b8f")
    response = visitor.get("/manifest.webmanifest")
    manifest = response.json()
    assert response["Content-Type"] == "application/manifest+json"
    assert (manifest["name"], manifest["start_url"], manifest["display"]) == ("Orbit", "/", "standalone")
    assert manifest["theme_color"] == colour.canvas("#243b8f")
    assert {icon["sizes"] for icon in manifest["icons"]} == {"192x192", "512x512"}
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    for icon in manifest["icons"]:
        assert visitor.get(icon["src"])["Content-Type"] == "image/png"


def test_the_service_worker_keeps_the_files_that_the_card_needs(visitor: Client, client: Client) -> None:
    response = visitor.get("/sw.js")
    source = response.content.decode()
    assert response["Content-Type"].startswith("text/javascript")
    assert response["Cache-Control"] == "no-cache"
    # Modules that the card page names, and style sheets: all in the worker's list.
    page = raw(client.get("/card/"))
    for address in re.findall(r'(?:stylesheet" href|module" src)="([^"]+)"', page):
        assert address in source, address


def test_nothing_personal_is_on_the_offline_page(visitor: Client) -> None:
    assert "data-member" not in raw(visitor.get("/offline/"))
