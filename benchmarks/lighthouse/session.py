"""Prints the session cookie of the demo member with the longest history, for a browser that is driven from outside."""

import os
import sys
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.db.models import Count  # noqa: E402

from accounts.models import Member  # noqa: E402

member = Member.objects.filter(user__isnull=False, user__is_staff=False).annotate(length=Count("entries")).order_by("-length", "pk").select_related("user")[0]
session = import_module(settings.SESSION_ENGINE).SessionStore()
session[SESSION_KEY] = str(member.user_id)
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY] = member.user.get_session_auth_hash()
session.create()
print(f"{settings.SESSION_COOKIE_NAME}={session.session_key}")
