from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PartnersConfig(AppConfig):
    name = "partners"
    verbose_name = _("Partners")

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from partners.domain.map import triggers as map_triggers

        post_migrate.connect(map_triggers.reinstall_after_migrate, sender=self, dispatch_uid="map_triggers")
