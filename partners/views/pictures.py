"""/media/listing/…: the pictures of listings. Their addresses hold a digest, so what is behind one never changes."""

from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from partners.domain.pictures import file_name

_FOR_EVER = "public, max-age=31536000, immutable"


@require_safe
def picture(request: HttpRequest, folder: str, digest: str, width: str) -> HttpResponse:
    """One derivative: an image and nothing else, whatever a browser would like to make of it."""
    name = file_name(digest, int(width))
    if folder != digest[:2]:
        raise Http404
    try:
        with default_storage.open(name, "rb") as source:
            response = HttpResponse(source.read(), content_type="image/webp")
    except FileNotFoundError:
        raise Http404 from None
    response["Cache-Control"] = _FOR_EVER
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Content-Disposition"] = "inline"
    return response
