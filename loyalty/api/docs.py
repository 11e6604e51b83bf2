"""The readable page of the API, and the answer of addresses that don't exist."""

from functools import lru_cache
from typing import Any, Never

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from loyalty.api.view import ApiView


@lru_cache(maxsize=1)
def _document() -> bytes:
    """The OpenAPI document: the same for everybody, and slow to make."""
    # Made once, if anybody reads it.
    from drf_spectacular.generators import SchemaGenerator
    from drf_spectacular.renderers import OpenApiJsonRenderer

    generator = SchemaGenerator(urlconf="loyalty.urls")
    with translation.override("en"):
        return bytes(OpenApiJsonRenderer().render(generator.get_schema(request=None, public=True)))


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """OpenAPI 3.1 as JSON."""
    return HttpResponse(_document(), content_type="application/vnd.oai.openapi+json")


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Swagger UI from our own files, without inline script or style."""
    return render(request, "api/docs.html")


@extend_schema(exclude=True)
class NoSuchCall(ApiView):
    """Anything else below /api/v1/ is a 404 in the API's own words."""

    authentication_classes = []
    permission_classes = []

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> Never:
        """Whatever the method."""
        raise NotFound("There is no such call; see /api/v1/docs/.", code="no_such_call")
