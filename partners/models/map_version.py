"""Which state a partner's outlets are in, so that copies of them know when they are out of date."""

from django.db import models

from partners.models.partner import Partner


class MapVersion(models.Model):
    """A random number that changes with every change of a partner's outlets, whoever makes it: triggers write it.

    Random, not counted up: after a rollback the same number must not come again for something else.
    """

    partner = models.OneToOneField(Partner, primary_key=True, on_delete=models.CASCADE, related_name="+")
    token = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.partner_id}: {self.token}"
