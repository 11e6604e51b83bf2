from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Members")

    def ready(self) -> None:
        from django.conf import settings
        from django.db.models.signals import post_migrate

        from accounts import checks, hooks, sms, tasks  # noqa: F401  (checks and hooks are heard of by being imported)
        from accounts.domain.notifications import queue, sms_backend
        from loyalty.wakeup import Waker

        sms_backend.choose_with(sms.in_use)
        if not settings.TESTING:
            queue.wake_with(Waker(tasks.wake_messages))
        post_migrate.connect(install_scenarios, sender=self, dispatch_uid="install_scenarios")


def install_scenarios(**kwargs: Any) -> None:
    """A row for every scenario of the code, so that staff find it. A post_migrate receiver; safe to call at any time."""
    from accounts.domain.notifications.scenarios import SCENARIOS
    from accounts.models import Scenario

    Scenario.objects.bulk_create([Scenario(pk=slug) for slug in SCENARIOS], ignore_conflicts=True)
