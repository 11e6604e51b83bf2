"""/desk/: what partners' people see. The slug names the partner; partners.views.desk.access says who gets in."""

from django.urls import path, re_path

from partners.views import pictures
from partners.views.desk import overview

urlpatterns = [
    re_path(r"^media/listing/(?P<folder>[0-9a-f]{2})/(?P<digest>[0-9a-f]{40})-(?P<width>[0-9]{2,4})\.webp$", pictures.picture, name="picture"),
    path("desk/", overview.choose, name="desk"),
    path("desk/<slug:slug>/", overview.overview, name="desk_overview"),
    path("desk/<slug:slug>/more/", overview.more, name="desk_more"),
]
