"""The style sheets, the logo and the icons of the programme, at versioned addresses that never change under a reader."""

import hashlib
import re
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

from loyalty.domain import programme as programmes
from loyalty.lib import coin, colour
from loyalty.models import Programme

# The order of the bundle. tokens.css declares the cascade layers; narrow.css overrides the other parts.
STYLE_SHEETS = ["tokens", "base", "layout", "brand", "buttons", "panels", "pass", "forms", "history", "card", "auth", "messages", "public", "narrow", "states"]
IMMUTABLE = "public, max-age=31536000, immutable"
_FOLDER = Path(settings.BASE_DIR) / "static" / "css"
_LOGO_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}


def squeeze(css: str) -> str:
    """Style sheet text without comments and needless blanks."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s+", " ", css)
    return re.sub(r" ?([{};]) ?", r"\1", css).replace(";}", "}").strip()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@lru_cache(maxsize=2)
def _bundle(stamp: int) -> tuple[str, str]:
    """(text, version) of the style sheets. `stamp` changes with the files, so development sees edits at once."""
    text = squeeze("\n".join((_FOLDER / f"{name}.css").read_text(encoding="utf-8") for name in STYLE_SHEETS))
    return text, _digest(text)


def _stamp() -> int:
    if not settings.DEBUG:
        return 0
    return max((_FOLDER / f"{name}.css").stat().st_mtime_ns for name in STYLE_SHEETS)


def cabinet_css_url() -> str:
    """Address of the bundled style sheets."""
    return f"{reverse('cabinet_css')}?v={_bundle(_stamp())[1]}"


def brand_text(programme: Programme) -> str:
    """The six knobs of tokens.css, from the programme."""
    return (
        ":root{"
        f"--brand-base:{programme.brand_base};"
        f"--brand-accent:{programme.brand_accent};"
        f"--brand-radius:{programme.brand_radius}px;"
        f"--brand-notch:{programme.brand_notch}px;"
        f'--brand-logo:url("{logo_url(programme)}")'
        "}"
    )


def brand_version(programme: Programme) -> str:
    """Changes whenever the look of the programme does."""
    return _digest(f"{brand_text(programme)}|{programme.name}")


def brand_css_url(programme: Programme) -> str:
    """Address of the programme's own colours and shapes."""
    return f"{reverse('brand_css')}?v={brand_version(programme)}"


def logo_url(programme: Programme) -> str:
    """Address of the programme's logo: the uploaded one, or the token."""
    if programme.brand_logo:
        return f"{reverse('brand_logo')}?v={_digest(str(programme.brand_logo.name))}"
    return static("logo.svg")


def icon_url(programme: Programme, size: int, *, maskable: bool = False) -> str:
    """Address of a square PNG icon of that many pixels."""
    return f"{reverse('brand_icon', args=['maskable' if maskable else 'any', size])}?v={brand_version(programme)}"


def _versioned(request: HttpRequest, response: HttpResponse, version: str) -> HttpResponse:
    """Cache for ever under the right version; an outdated address must not pin the new content to it."""
    response["Cache-Control"] = IMMUTABLE if request.GET.get("v") == version else "public, max-age=60"
    return response


@require_safe
def cabinet_css(request: HttpRequest) -> HttpResponse:
    """The style sheets in one file."""
    text, version = _bundle(_stamp())
    return _versioned(request, HttpResponse(text, content_type="text/css; charset=utf-8"), version)


@require_safe
def brand_css(request: HttpRequest) -> HttpResponse:
    """The programme's knobs: a file of its own, so that the policy needs no inline style."""
    programme = programmes.current()
    return _versioned(request, HttpResponse(brand_text(programme), content_type="text/css; charset=utf-8"), brand_version(programme))


@require_safe
def brand_logo(request: HttpRequest) -> HttpResponse:
    """The uploaded logo. Served as an image only: a policy of its own keeps an SVG from running anything."""
    logo = programmes.current().brand_logo
    kind = _LOGO_TYPES.get(Path(str(logo.name)).suffix.lower()) if logo else None
    if kind is None:
        raise Http404
    try:
        with logo.open("rb") as source:
            response = HttpResponse(source.read(), content_type=kind)
    except FileNotFoundError:
        raise Http404 from None
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return _versioned(request, response, _digest(str(logo.name)))


@require_safe
def brand_icon(request: HttpRequest, purpose: str, size: int) -> HttpResponse:
    """The token in the brand's colours as a PNG: for home screens, which take no SVG."""
    if size not in (180, 192, 512):
        raise Http404
    programme = programmes.current()
    ground = colour.role(programme.brand_base, 0.285, 0.05)
    face = colour.role(programme.brand_accent, 0.79, 0.115)
    image = coin.png(size, ground=ground, face=face, radius=0.36 if purpose == "maskable" else 0.42)
    return _versioned(request, HttpResponse(image, content_type="image/png"), brand_version(programme))
