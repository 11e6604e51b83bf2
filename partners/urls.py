"""The catalogue."""

from django.urls import path

from partners.views import catalogue, outlets, partner
from partners.views import map as map_views

urlpatterns = [
    path("partners/", catalogue.catalogue, name="partners"),
    path("partners/outlets/pins/", map_views.pins, name="map_pins"),
    path("partners/place/forget/", catalogue.forget_place, name="forget_place"),
    path("partners/outlets/<int:pk>/", map_views.sheet, name="outlet"),
    path("partners/outlets/<int:pk>/route/", outlets.route, name="outlet_route"),
    path("partners/outlets/<int:pk>/report/", outlets.report, name="outlet_report"),
    path("partners/<slug:slug>/", partner.partner, name="partner"),
    path("partners/<slug:slug>/favourite/", partner.favourite, name="partner_favourite"),
]
