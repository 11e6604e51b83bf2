"""WSGI entry point."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from loyalty.lib import garbage
from loyalty.lib.postgres.guard import guard

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty.settings")
application = get_wsgi_application()
# Web processes don't wait for a database server that doesn't answer.
guard.watch()
if not settings.TESTING:
    from loyalty.web.warm_up import warm_up

    warm_up(application)
garbage.settle()
