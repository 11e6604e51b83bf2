from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LoyaltyConfig(AppConfig):
    name = "loyalty"
    verbose_name = _("Programme")

    def ready(self) -> None:
        from django.conf import settings
        from django.db.models.signals import post_migrate

        from loyalty import checks, consumers, tasks  # noqa: F401  (registers the system checks and the consumers of events)
        from loyalty.domain import events, ledger, programme
        from loyalty.lib import garbage
        from loyalty.wakeup import Waker

        garbage.look_rarely()
        if not settings.TESTING:
            events.wake_with(Waker(tasks.wake_events))
        post_migrate.connect(ledger.reinstall_triggers_after_migrate, sender=self, dispatch_uid="append_only")
        post_migrate.connect(programme.install_roles, sender=self, dispatch_uid="roles")
