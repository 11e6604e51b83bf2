from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Members")

    def ready(self) -> None:
        from django.conf import settings
        from django.db.models.signals import post_migrate

        from accounts import hooks  # noqa: F401  (hooks: hears what mail services report)
        from accounts.domain.notifications import queue
        from loyalty.wakeup import Waker

        if not settings.TESTING:
            queue.wake_with(Waker(_wake_sending))
        post_migrate.connect(install_scenarios, sender=self, dispatch_uid="install_scenarios")


def _wake_sending() -> None:
    # Celery is loaded by the first commit that wakes somebody, in the waker's own thread.
    from accounts import tasks

    tasks.wake_messages()


def install_scenarios(**kwargs: Any) -> None:
    """A row for every scenario of the code, so that staff find it. A post_migrate receiver; safe to call at any time."""
    from accounts.domain.notifications.scenarios import BY_SLUG
    from accounts.models import Scenario

    Scenario.objects.bulk_create([Scenario(pk=slug) for slug in BY_SLUG], ignore_conflicts=True)
