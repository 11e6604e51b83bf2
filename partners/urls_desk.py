"""/desk/: what partners' people see. The slug names the partner; partners.views.desk.access says who gets in."""

from django.urls import path

from partners.views.desk import overview

urlpatterns = [
    path("desk/", overview.choose, name="desk"),
    path("desk/<slug:slug>/", overview.overview, name="desk_overview"),
    path("desk/<slug:slug>/more/", overview.more, name="desk_more"),
]
