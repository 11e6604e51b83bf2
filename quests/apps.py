from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QuestsConfig(AppConfig):
    name = "quests"
    verbose_name = _("Quests")

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from loyalty.domain import programme
        from quests import consumers  # noqa: F401  (registers the consumers of events)

        # Once more after this app, whose permissions are made later than the programme's.
        post_migrate.connect(programme.install_roles, sender=self, dispatch_uid="roles_of_quests")
