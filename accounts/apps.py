from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Members")

    def ready(self) -> None:
        from django.conf import settings
        from django.db.models.signals import post_migrate

        from accounts import hooks, tasks  # noqa: F401  (hooks: hears what mail services report)
        from accounts.domain.notifications import queue
        from accounts.domain.notifications.install import install_scenarios
        from loyalty.lib.wakeup import Waker

        if not settings.TESTING:
            queue.wake_with(Waker(tasks.wake_messages))
        post_migrate.connect(install_scenarios, sender=self, dispatch_uid="install_scenarios")
