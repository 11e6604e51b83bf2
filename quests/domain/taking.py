"""A member takes a quest: their window opens now."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from loyalty.lib.errors import DomainError
from loyalty.lib.locks import Scope, lock
from loyalty.models import Programme
from quests.domain.periods import period_around
from quests.domain.queries.cards import cards, shown
from quests.domain.rules import Rule, Window
from quests.enums import Period, Recurrence
from quests.models import Progress


def take(member_id: int, slug: str, *, programme: Programme, now: datetime) -> Progress:
    """Open the member's window of a quest; taking twice changes nothing.

    Raises DomainError: unknown_quest, quest_not_open, quest_taken_before.
    """
    with transaction.atomic():
        lock(Scope.QUESTS, [member_id])
        quest = shown(now).filter(slug=slug).first()
        if quest is None:
            raise DomainError("unknown_quest", "There is no such quest.")
        card = cards([quest], member_id, programme=programme, now=now)[0]
        if card.taken_on is not None and not card.can_take:
            row = Progress.objects.filter(member_id=member_id, quest=quest).order_by("-window_start").first()
            if row is not None and (row.window_end is None or now < row.window_end):
                return row
            raise DomainError("quest_taken_before", gettext_noop("This quest can be taken only once."))
        if not card.can_take:
            raise DomainError("quest_not_open", gettext_noop("This quest can't be taken now."))
        window = Rule.of(quest, programme.zone).personal(now)
        if quest.recurrence == Recurrence.EVERY_PERIOD:
            _first, after = period_around(now, Period(quest.period), programme.zone)
            window = Window(now, after if window.end is None else min(window.end, after))
        return Progress.objects.create(quest=quest, member_id=member_id, window_start=now, window_end=window.end, taken_at=now, updated_at=now)
