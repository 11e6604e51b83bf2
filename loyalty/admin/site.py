"""The admin's frame: title, colours and navigation in the programme's words, and the start page. Named in settings.UNFOLD."""

from typing import Any

from auditlog.models import LogEntry
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from loyalty.admin import audit
from loyalty.admin.base import MenuItem, Section
from loyalty.lib.colour import role
from loyalty.web import brand
from loyalty.web.page import programme_of

_LATEST = 10
# unfold's steps of a palette: lightness in OKLCH.
_STEPS = {50: 0.977, 100: 0.946, 200: 0.902, 300: 0.827, 400: 0.714, 500: 0.66, 600: 0.45, 700: 0.4, 800: 0.34, 900: 0.28, 950: 0.2}
_BASE_STEPS = {50: 0.985, 100: 0.967, 200: 0.928, 300: 0.872, 400: 0.707, 500: 0.551, 600: 0.446, 700: 0.373, 800: 0.278, 900: 0.21, 950: 0.145}


def title(request: HttpRequest) -> str:
    """The programme's name."""
    return programme_of(request).name


def icon(request: HttpRequest) -> str:
    """The programme's logo."""
    return brand.logo_url(programme_of(request))


def favicon(request: HttpRequest) -> str:
    """The programme's token, for the browser's tab."""
    return brand.icon_url(programme_of(request), 180, maskable=False)


def language_action(request: HttpRequest) -> str:
    """Where the language switch posts."""
    return reverse("preferences")


def colours(request: HttpRequest) -> dict[str, dict[str, str]]:
    """unfold's palettes in the hue of the brand colour, at lightness steps that keep the contrast of its own."""
    base = programme_of(request).brand_base
    return {
        "base": {str(step): role(base, lightness, 0.012) for step, lightness in _BASE_STEPS.items()},
        "primary": {str(step): role(base, lightness, 0.09) for step, lightness in _STEPS.items()},
        "font": {
            "subtle-light": "var(--color-base-500)",
            "subtle-dark": "var(--color-base-400)",
            "default-light": "var(--color-base-600)",
            "default-dark": "var(--color-base-300)",
            "important-light": "var(--color-base-900)",
            "important-dark": "var(--color-base-100)",
        },
    }


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The side bar: what this staff user may see, as each page says of itself (`menu`), in the words of the domain."""
    found: dict[Section, list[tuple[int, dict[str, Any]]]] = {section: [] for section in Section}
    for model, page in admin.site._registry.items():
        item: MenuItem | None = getattr(page, "menu", None)
        if item is not None and _may_view(request, model._meta.app_label, model._meta.model_name or ""):
            link = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            found[item.section].append((item.position, {"title": str(item.title), "icon": item.icon, "link": link}))
    return [
        {"title": str(section.label), "separator": True, "items": [item for _position, item in sorted(items, key=lambda one: one[0])]}
        for section, items in found.items()
        if items
    ]


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The start page: finding a member, and what colleagues changed last."""
    context["title"] = gettext("Start")
    context["may_find_members"] = _may_view(request, "accounts", "member")
    if _may_view(request, "auditlog", "logentry"):
        latest = list(LogEntry.objects.filter(actor__is_staff=True).select_related("actor", "content_type").order_by("-pk")[:_LATEST])
        for row in latest:
            row.object_in_words = audit.object_in_words(row)
        context["latest_changes"] = latest
    return context


def _may_view(request: HttpRequest, app: str, model: str) -> bool:
    user: Any = request.user
    return bool(user.has_perm(f"{app}.view_{model}") or user.has_perm(f"{app}.change_{model}"))
