"""The first visitor doesn't wait: what a web process loads for its first page is loaded before the process takes calls."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from wsgiref.util import setup_testing_defaults

from django.conf import settings
from django.db import connections


def warm_up(application: Callable[..., Any]) -> None:
    """Have a WSGI application answer the front page in every language, to nobody: addresses, templates and texts stay in memory.

    A database that doesn't answer is logged as for any call and holds up nothing.
    """
    site = urlsplit(settings.SITE_URL)
    for language, _name in settings.LANGUAGES:
        call = {"HTTP_HOST": site.netloc, "HTTP_X_FORWARDED_PROTO": site.scheme, "HTTP_ACCEPT_LANGUAGE": language}
        setup_testing_defaults(call)
        answer = application(call, lambda _status, _headers, _error=None: None)
        for _part in answer:
            pass
        answer.close()
    # Calls have threads, or a process forked from this one, and there connections of their own.
    connections.close_all()
