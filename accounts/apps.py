from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Members")

    def ready(self) -> None:
        from django.conf import settings

        from accounts import hooks, tasks  # noqa: F401  (hooks: hears what mail services report)
        from accounts.domain.notifications import queue
        from loyalty.wakeup import Waker

        if not settings.TESTING:
            queue.wake_with(Waker(tasks.wake_messages))
