"""`manage.py vapid_keys`: a key for web push."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.domain.notifications import push


class Command(BaseCommand):
    help = "Prints a fresh VAPID_PRIVATE_KEY for the environment. Changing it later ends every browser's subscription."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"VAPID_PRIVATE_KEY={push.new_private_key()}")
