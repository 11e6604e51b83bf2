"""A page whose main part keeps itself up to date: the same view answers with the page, the part alone, or that nothing changed."""

import hashlib
import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response
from django.utils.safestring import mark_safe

# Every rendering masks the token of forms again; that is no change of the page.
_FORM_TOKEN = re.compile(r'<input type="hidden" name="csrfmiddlewaretoken"[^>]*>')


def live(request: HttpRequest, page: str, part: str, context: dict[str, Any]) -> HttpResponse:
    """`part` stands in `page` as `part`, under its `version`. A script that asks with the version gets 304 while it is the same."""
    text = render_to_string(part, context, request)
    version = hashlib.sha256(_FORM_TOKEN.sub("", text).encode()).hexdigest()[:16]
    if not request.headers.get("HX-Request"):
        return render(request, page, {**context, "part": mark_safe(text), "version": f'"{version}"'})  # noqa: S308 rendered right here
    response = HttpResponse(text)
    response["ETag"] = f'"{version}"'
    return get_conditional_response(request, etag=response["ETag"], response=response) or response
