"""The programme singleton: reading it and changing it key by key."""

from loyalty.models import Programme


def current() -> Programme:
    """The one programme of this deployment, with the defaults of DESIGN until staff change them."""
    programme, _created = Programme.objects.get_or_create(pk=1)
    return programme
