"""The product's addresses and the floors."""

from django.urls import include, path

from benchmarks.web import floors

urlpatterns = [
    path("floor/posting/", floors.Posting.as_view()),
    path("floor/page/", floors.page),
    path("", include("loyalty.urls")),
]
