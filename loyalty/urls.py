"""URLs of the whole site."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from loyalty.views import card, history, home, orders, preferences, public, spending
from loyalty.web import brand, health, pwa

handler403 = "loyalty.web.errors.forbidden"
handler404 = "loyalty.web.errors.not_found"
handler500 = "loyalty.web.errors.server_error"

# Staff log in where everybody does: with its limits and second factors.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", home.home, name="home"),
    path("history/", history.history, name="history"),
    path("orders/<int:pk>/", orders.order, name="order"),
    path("card/", card.card, name="card"),
    path("card/pay/", spending.pay, name="pay"),
    path("spend/pending/", spending.pending, name="spend_pending"),
    path("spend/<uuid:hold_id>/", spending.spend, name="spend"),
    path("profile/spending/", spending.settings, name="spending"),
    path("rules/", public.rules, name="rules"),
    path("privacy/", public.privacy, name="privacy"),
    path("preferences/", preferences.preferences, name="preferences"),
    path("offline/", pwa.offline, name="offline"),
    path("manifest.webmanifest", pwa.manifest, name="manifest"),
    path("sw.js", pwa.service_worker, name="service_worker"),
    path("robots.txt", pwa.robots, name="robots"),
    path("cabinet.css", brand.cabinet_css, name="cabinet_css"),
    path("brand.css", brand.brand_css, name="brand_css"),
    path("brand/logo", brand.brand_logo, name="brand_logo"),
    path("brand/icon-<slug:purpose>-<int:size>.png", brand.brand_icon, name="brand_icon"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("api/v1/", include("loyalty.api.urls")),
    path("admin/", admin.site.urls),
    path("", include("accounts.urls")),
    path("", include("partners.urls")),
    path("", include("partners.urls_desk")),
    path("", include("quests.urls")),
]
