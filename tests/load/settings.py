"""The product's own settings, with static files as they lie: compressing them takes half a minute, and nobody looks here."""

from loyalty.settings import *  # noqa: F403
from loyalty.settings import STORAGES

STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
