"""The Celery application. Tasks are wake-up calls only: what is due is read from the database."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty.settings")

app = Celery("zheton")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
