"""The rows of scenarios: whether one is on, and staff's own words for it."""

from accounts.domain.notifications.scenarios import SCENARIOS
from accounts.models import Scenario


def install_scenarios(**kwargs: object) -> None:
    """A row for every scenario of the code, so that staff find it. A post_migrate receiver; safe to call at any time."""
    Scenario.objects.bulk_create([Scenario(pk=slug) for slug in SCENARIOS], ignore_conflicts=True)
