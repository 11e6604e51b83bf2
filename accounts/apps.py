from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Members")

    def ready(self) -> None:
        from django.conf import settings
        from django.db.models.signals import post_migrate

        from accounts import checks, hooks, sms  # noqa: F401  (checks and hooks are heard of by being imported)
        from accounts.domain.notifications import queue, sms_backend
        from accounts.domain.notifications.install import install_scenarios
        from loyalty.lib.wakeup import Waker

        sms_backend.choose_with(sms.in_use)
        if not settings.TESTING:
            queue.wake_with(Waker(_wake_sending))
        post_migrate.connect(install_scenarios, sender=self, dispatch_uid="install_scenarios")


def _wake_sending() -> None:
    # Celery is loaded by the first commit that wakes somebody, in the waker's own thread.
    from accounts import tasks

    tasks.wake_messages()
