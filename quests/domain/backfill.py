"""The past counts in a quest: for good once it is published, or as a trial before. Set-based, a thousand members at a time."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Member
from loyalty.domain import programme as programmes
from loyalty.lib.locks import Scope, lock
from loyalty.models import Order, Programme
from quests.domain import facts, progress, rulebook
from quests.domain.progress import Wanted, judge, of_their_level
from quests.domain.rules import Rule, Window
from quests.domain.store import State
from quests.enums import Starts
from quests.models import Deed, Quest
from quests.triggers.base.purchase import Purchase

BATCH = 1000


@dataclass(slots=True)
class BackFilled:
    """What a back-fill looked at."""

    members: int = 0
    purchases: int = 0


@dataclass(slots=True)
class DryRun:
    """Who would have done a quest: members with anything, members who completed it, completions, and what they would have cost."""

    members: int = 0
    completed_by: int = 0
    completions: int = 0
    tokens: int = 0
    points: int = 0
    # As it is for those who began it: members by tenths of the target reached, the last for those who completed it.
    tenths: tuple[int, ...] = (0,) * 11


def backfill(quest_id: int, *, now: datetime, step: Callable[[int], None] = lambda _purchases: None) -> BackFilled:
    """Count everybody's purchases of the quest's dates, and deeds of its kind. Safe to stop and to repeat; `step` hears of purchases done."""
    programme = programmes.current()
    done = BackFilled()
    for first, last in _ranges():
        with transaction.atomic():
            orders = Order.objects.filter(member_id__gte=first, member_id__lte=last)
            quests = rulebook.published(zone=programme.zone)
            rule = quests.rules.get(quest_id)
            if rule is None:
                return done
            lock(Scope.QUESTS, Member.objects.filter(pk__range=(first, last)).values_list("pk", flat=True))
            if not rule.trigger.of_purchases:
                deeds = list(
                    Deed.objects.filter(member_id__gte=first, member_id__lte=last, kind=rule.trigger.slug, quest__isnull=True).select_related("member")
                )
                progress.advance_deeds(deeds, programme=programme, now=now)
                done.members += len({deed.member_id for deed in deeds})
                continue
            purchases = _purchases(orders, rule)
            progress.count(purchases, quests, programme=programme, now=now, only=quest_id)
            done.members += len({purchase.member_id for purchase in purchases})
            done.purchases += len(purchases)
        step(len(purchases))
    return done


def dry_run(quest: Quest, *, months: int, programme: Programme, now: datetime) -> DryRun:
    """How many members would have completed a quest (saved or not) over the last months. Writes nothing.

    Quests that members take are tried as if everybody had taken them on the first day; quests that open after others as if
    they were open. A constant number of queries per thousand members.
    """
    trial = copy(quest)
    trial.starts_at, trial.ends_at = now - timedelta(days=round(months * 30.44)), now
    if trial.starts == Starts.TAKEN:
        trial.starts = Starts.PUBLICATION
    rule = Rule.of(trial, programme.zone)
    found = DryRun()
    tenths = [0] * 11
    for first, last in _ranges():
        orders = Order.objects.filter(member_id__gte=first, member_id__lte=last)
        purchases = _purchases(orders, rule) if rule.trigger.of_purchases else []
        states: dict[tuple[int, Window], State] = {}
        wanted = [
            Wanted(rule, one.member_id, one.at, one.joined_at, one.order_id, None, contributions)
            for one in purchases
            if (contributions := rule.contributions(one))
        ]
        for one in of_their_level(wanted):
            window = rule.window(one.at, one.joined_at)
            if window is not None:
                state = states.setdefault((one.member_id, window), State(0, one.member_id, window))
                state.replace(one.order_id, None, one.contributions)
        reached: dict[int, int] = defaultdict(int)
        for (member_id, _window), state in states.items():
            judge(rule, state, None)
            found.completions += state.rounds
            share = 10 if state.rounds else min(9, int(state.value * 10 / rule.target))
            reached[member_id] = max(reached[member_id], share)
        for share in reached.values():
            tenths[share] += 1
        found.members += len(reached)
    found.tenths = tuple(tenths)
    found.completed_by = tenths[10]
    rewarded = min(found.completions, quest.winners_cap) if quest.winners_cap else found.completions
    found.tokens, found.points = rewarded * quest.reward_tokens, rewarded * quest.reward_points
    return found


def _purchases(orders: QuerySet[Order], rule: Rule) -> list[Purchase]:
    found = facts.of_rows(_dated(orders, rule.quest), zone=rule.zone)
    return facts.with_firsts(found) if rule.trigger.first_only else found


def _dated(orders: QuerySet[Order], quest: Quest) -> QuerySet[Order]:
    """Orders of the quest's dates, and at its partners where it names nothing else."""
    orders = orders.filter(occurred_at__gte=quest.starts_at)
    if quest.ends_at is not None:
        orders = orders.filter(occurred_at__lt=quest.ends_at)
    partners, categories = quest.parameters.get("partners"), quest.parameters.get("categories")
    if partners and not categories:
        orders = orders.filter(partner_id__in=partners)
    return orders


def _ranges() -> Iterator[tuple[int, int]]:
    """Ids of members, the first and the last of each thousand."""
    last = 0
    while batch := list(Member.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield batch[0], batch[-1]
        last = batch[-1]
