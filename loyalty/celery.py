"""The Celery application. Tasks are wake-up calls only: what is due is read from the database."""

import os

from celery import Celery
from celery.signals import worker_process_init

from loyalty.lib import garbage

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty.settings")

app = Celery("zheton")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def _settle(**_signal: object) -> None:
    garbage.settle()
