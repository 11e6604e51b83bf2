"""The kinds of messages, one class in one file each: category, placeholders, first words. Staff switch and reword them in admin.

Adding one is adding a file, and telling it from where the fact is known. Points, levels and quests are announced by their own apps, as
plain values.
"""

from accounts.domain.notifications.scenarios.base import ScenarioKind
from loyalty.lib.registry import Registry

SCENARIOS = Registry(__name__, ScenarioKind)
# The text of these is in the message's own words: staff write them each time.
BROADCAST, DIGEST = "broadcast", "digest"
