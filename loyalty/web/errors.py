"""Pages for refusals and failures, in the look of the cabinet."""

import logging
import secrets
import sys
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.defaults import page_not_found as plain_not_found

from loyalty.web.page import private

logger = logging.getLogger("loyalty.incident")

# Seconds after which a page may work again.
RETRY_AFTER = 5


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: also for other people's objects, so that nobody learns whether they exist."""
    try:
        return private(render(request, "404.html", status=404))
    except Exception:  # a page about an error must not become another one
        logger.exception("the page for 404 failed")
        return plain_not_found(request, exception, template_name="404_plain.html")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return private(render(request, "403.html", status=403))


def csrf_failure(request: HttpRequest, reason: str = "", **kwargs: Any) -> HttpResponse:
    """403 for a form that was sent without its token: it lay open for too long, or cookies are off."""
    return private(render(request, "csrf.html", status=403))


def server_error(request: HttpRequest) -> HttpResponse:
    """500 with a number that the log knows too, or 503 where the database is out of reach. The page needs no database."""
    if out_of_reach(sys.exc_info()[1]):
        logger.warning("no database for %s", request.path)
        response = private(render(None, "503.html", status=503))
        response["Retry-After"] = str(RETRY_AFTER)
        response._has_been_logged = True  # type: ignore[attr-defined]
        return response
    number = f"{secrets.token_hex(2)}-{secrets.token_hex(1)}".upper()
    logger.error("incident %s at %s", number, request.path, exc_info=sys.exc_info(), extra={"incident": number})
    response = private(render(None, "500.html", {"number": number}, status=500))
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def out_of_reach(error: BaseException | None) -> bool:
    """Whether the database was away, restarting or busy: whoever asks again may have luck."""
    # SQLite calls a missing table an operational error too; that is our fault.
    return isinstance(error, InterfaceError | OperationalError) and not str(error).startswith("no such ")
