"""The installable app: manifest, service worker, the page for times without a connection, robots.txt."""

import hashlib
import json
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from loyalty.lib import colour
from loyalty.web import brand
from loyalty.web.page import programme_of

_WORKER = Path(settings.BASE_DIR) / "static" / "js" / "sw.js"


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """The web app manifest, from the programme's name and colours."""
    programme = programme_of(request)
    ground = colour.canvas(programme.brand_base)
    icons = [
        {
            "src": brand.icon_url(programme, size, maskable=maskable),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": "maskable" if maskable else "any",
        }
        for size in (192, 512)
        for maskable in (False, True)
    ]
    body = {
        "id": "/",
        "name": programme.name,
        "short_name": programme.name[:12],
        "description": gettext("Your points and the card for the till"),
        "lang": get_language(),
        "start_url": reverse("home"),
        "scope": "/",
        "display": "standalone",
        "background_color": ground,
        "theme_color": ground,
        "icons": icons,
        "shortcuts": [{"name": gettext("Card"), "url": reverse("card")}],
    }
    response = JsonResponse(body, content_type="application/manifest+json")
    response["Cache-Control"] = "private, max-age=3600"
    return response


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The service worker with the list of what it keeps; the list's hash makes a new worker of a new list."""
    programme = programme_of(request)
    shell = [
        reverse("offline"),
        brand.cabinet_css_url(),
        brand.brand_css_url(programme),
        brand.logo_url(programme),
        static("icons.svg"),
        static("js/offline-card.js"),
        static("js/copy-button.js"),
    ]
    config = {
        "version": hashlib.sha256(json.dumps(shell).encode()).hexdigest()[:12],
        "shell": shell,
        "offline": reverse("offline"),
        "card": reverse("card"),
        "logout": reverse("account_logout"),
        "icon": brand.icon_url(programme, 192, maskable=False),
    }
    response = HttpResponse(f"const CONFIG = {json.dumps(config)};\n{_WORKER.read_text(encoding='utf-8')}", content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """What the service worker shows for any page but the card when there is no connection. Nothing personal is on it."""
    return render(request, "loyalty/offline.html")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Search engines may read the public pages; the private ones say noindex themselves."""
    lines = ["User-agent: *", "Disallow: /admin/", "Disallow: /api/", "Allow: /"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
