from importlib import import_module

from django.apps import AppConfig, apps
from django.conf import settings
from django.contrib.admin.apps import SimpleAdminConfig
from django.utils.module_loading import module_has_submodule
from django.utils.translation import gettext_lazy as _

from loyalty.lib.later import without

# These two come first, so that they don't load what none of our pages uses: DRF the libraries of its own page of the API and of its tests,
# both the driver of a database that may be another.
_UNUSED = ["requests", "markdown", "pygments", "yaml", *([] if "postgres" in settings.DATABASES["default"]["ENGINE"] else ["psycopg"])]
with without(*_UNUSED):
    import rest_framework.compat  # noqa: F401
    import unfold.overrides  # noqa: F401


class LoyaltyConfig(AppConfig):
    name = "loyalty"
    verbose_name = _("Programme")
    default = True

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from loyalty import checks, consumers  # noqa: F401  (registers the system checks and the consumers of events)
        from loyalty.domain import events, ledger, programme
        from loyalty.lib.wakeup import Waker

        if not settings.TESTING:
            events.wake_with(Waker(_wake_sweep))
        post_migrate.connect(ledger.reinstall_triggers_after_migrate, sender=self, dispatch_uid="append_only")
        post_migrate.connect(programme.install_roles, sender=self, dispatch_uid="roles")


class AdminConfig(SimpleAdminConfig):
    """Django's admin, which loads the `admin` of every app but one."""

    def ready(self) -> None:
        super().ready()
        for app in apps.get_app_configs():
            # That of import_export registers nothing and loads the libraries of all its formats: 300 modules.
            if app.name != "import_export" and module_has_submodule(app.module, "admin"):
                import_module(f"{app.name}.admin")


def _wake_sweep() -> None:
    # Celery is loaded by the first commit that wakes somebody, in the waker's own thread.
    from loyalty import tasks

    tasks.wake_events()
