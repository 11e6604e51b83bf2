"""What members do other than buying: answers, codes, and states of their profile. Each counts once under its key."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_noop

from accounts.domain.rate_limit import Limit, allow
from accounts.models import Member
from loyalty.domain import programme as programmes
from loyalty.lib.clock import business_day
from loyalty.lib.errors import DomainError
from loyalty.lib.locks import Scope, lock
from loyalty.lib.rows import id_set
from loyalty.models import Programme
from quests.domain import progress
from quests.domain.queries.cards import cards, shown
from quests.enums import QuestState
from quests.models import Deed, Quest
from quests.triggers import TRIGGERS, trigger_of
from quests.triggers.base import StateTrigger
from quests.triggers.code import Code
from quests.triggers.quiz import Quiz

CODES_OF_MEMBER = (Limit("quest.code", 10, 600), Limit("quest.code.day", 40, 24 * 3600))
BATCH = 500


def enter_code(member_id: int, slug: str, code: str, *, programme: Programme, now: datetime) -> Deed:
    """A member has found a code. `codes` of the quest: each a dict of `code` and `title`; `code_use`: once, daily or single (one member only).

    Call it outside transactions: tries are counted whatever comes of them. Raises DomainError: too_many_codes, unknown_quest,
    quest_not_open, unknown_code, code_used.
    """
    if not allow(CODES_OF_MEMBER, key=str(member_id), now=now):
        raise DomainError("too_many_codes", gettext_noop("Too many tries. Wait a few minutes and try again."))
    with transaction.atomic():
        lock(Scope.QUESTS, [member_id])
        quest = _open_quest(member_id, slug, Code.slug, programme=programme, now=now)
        wanted = _plain(code)
        known = next((one for one in quest.parameters.get("codes", []) if _plain(one["code"]) == wanted), None)
        if known is None:
            raise DomainError("unknown_code", gettext_noop("There is no such code here. Check the letters and numbers."))
        use = quest.parameters.get("code_use", "once")
        if use == "single":
            # Two members may enter it at once: the quest's row decides.
            Quest.objects.select_for_update(of=("self",)).get(pk=quest.pk)
            if Deed.objects.filter(quest=quest, key=wanted).exclude(member_id=member_id).exists():
                raise DomainError("code_used", gettext_noop("This code has been used already."))
        key = f"{wanted}:{business_day(now, programme.zone)}" if use == "daily" else wanted
        return _do(member_id, quest, key, {"title": known.get("title", "")}, programme=programme, now=now, again="code_used")


def answer(member_id: int, slug: str, question_id: str, choice: int, *, programme: Programme, now: datetime) -> bool:
    """A member answers a question of a quiz (one answer is right) or a survey (any counts). Returns whether it counts.

    `questions` of the quest: dicts of `id`, `text`, `choices` and, in a quiz, `right` (the place of the right choice). Raises
    DomainError: unknown_quest, quest_not_open, unknown_question, unknown_choice, answered_before.
    """
    with transaction.atomic():
        lock(Scope.QUESTS, [member_id])
        quest = _open_quest(member_id, slug, Quiz.slug, programme=programme, now=now)
        question = next((one for one in quest.parameters.get("questions", []) if one["id"] == question_id), None)
        if question is None:
            raise DomainError("unknown_question", "There is no such question.")
        if not 0 <= choice < len(question["choices"]):
            raise DomainError("unknown_choice", gettext_noop("Choose one of the answers."))
        right = "right" not in question or question["right"] == choice
        data = {"title": question["text"], "choice": choice, "right": right}
        _do(member_id, quest, question_id, data, programme=programme, now=now, again="answered_before", counts=right)
        return right


def note(kind: str, found: Sequence[tuple[int, str, datetime]], *, programme: Programme, now: datetime) -> int:
    """Note what members (id, key, instant) have done, as another part of the programme reports; each counts once under its key, in
    every quest of the kind. Returns how many are new. Call it in a transaction.
    """
    first: dict[tuple[int, str], datetime] = {}
    for member_id, key, at in found:
        first[member_id, key] = min(at, first.get((member_id, key), at))
    members = {member_id for member_id, _key in first}
    lock(Scope.QUESTS, members)
    known = set(Deed.objects.filter(member_id__in=id_set(members), kind=kind, quest__isnull=True).values_list("member_id", "key"))
    people = Member.objects.in_bulk(list(members))
    deeds = [Deed(member=people[one[0]], kind=kind, key=one[1], occurred_at=at) for one, at in first.items() if one not in known]
    Deed.objects.bulk_create(deeds, batch_size=100)
    progress.advance_deeds(deeds, programme=programme, now=now)
    return len(deeds)


def done_keys(member_id: int, quest_id: int) -> set[str]:
    """The questions of a quest that the member has answered, or the codes that they have entered, by their keys."""
    return set(Deed.objects.filter(member_id=member_id, quest_id=quest_id).values_list("key", flat=True))


def refresh(member_ids: Iterable[int], *, programme: Programme, now: datetime) -> int:
    """Note what these members have done of what is simply so (a profile, contacts, channels). Returns how many deeds are new."""
    ids = list(member_ids)
    made = 0
    for kind in _asked(now):
        trigger = trigger_of(kind)
        assert isinstance(trigger, StateTrigger)
        for key, condition in trigger.fulfilled:
            with transaction.atomic():
                lock(Scope.QUESTS, ids)
                done = Deed.objects.filter(member_id=OuterRef("pk"), kind=kind, key=key, quest__isnull=True)
                members = Member.objects.filter(condition, pk__in=ids).exclude(Exists(done)).distinct()
                deeds = [Deed(member=member, kind=kind, key=key, occurred_at=now) for member in members]
                Deed.objects.bulk_create(deeds, batch_size=100)
                progress.advance_deeds(deeds, programme=programme, now=now)
                made += len(deeds)
    return made


def sweep(*, now: datetime) -> int:
    """Find everybody who has done such a thing and isn't credited with it yet. Returns how many deeds are new."""
    programme = programmes.current()
    made = 0
    for kind in _asked(now):
        trigger = trigger_of(kind)
        assert isinstance(trigger, StateTrigger)
        for key, condition in trigger.fulfilled:
            done = Deed.objects.filter(member_id=OuterRef("pk"), kind=kind, key=key, quest__isnull=True)
            while ids := list(Member.objects.filter(condition).exclude(Exists(done)).order_by("pk").values_list("pk", flat=True).distinct()[:BATCH]):
                fresh = refresh(ids, programme=programme, now=now)
                made += fresh
                if not fresh:
                    break
    return made


def _asked(now: datetime) -> Sequence[str]:
    """The kinds of this sort that a published quest asks for."""
    kinds = [kind for kind, trigger in TRIGGERS.items() if issubclass(trigger, StateTrigger)]
    return sorted(set(shown(now).filter(trigger__in=kinds).values_list("trigger", flat=True)))


def _open_quest(member_id: int, slug: str, kind: str, *, programme: Programme, now: datetime) -> Quest:
    quest = shown(now).filter(slug=slug, trigger=kind).first()
    if quest is None:
        raise DomainError("unknown_quest", "There is no such quest.")
    card = cards([quest], member_id, programme=programme, now=now)[0]
    if card.state not in (QuestState.AVAILABLE, QuestState.ACTIVE) or card.can_take:
        raise DomainError("quest_not_open", gettext_noop("This quest isn't open to you now."))
    return quest


def _do(member_id: int, quest: Quest, key: str, data: dict[str, object], *, programme: Programme, now: datetime, again: str, counts: bool = True) -> Deed:
    deed, created = Deed.objects.get_or_create(member_id=member_id, quest=quest, key=key, defaults={"kind": quest.trigger, "occurred_at": now, "data": data})
    if not created:
        raise DomainError(again, gettext_noop("You have done this already."))
    if counts:
        progress.advance_deeds([deed], programme=programme, now=now)
    return deed


def _plain(code: str) -> str:
    """A code as it is compared: without case, spaces and hyphens."""
    return "".join(sign for sign in code.casefold() if sign.isalnum())[:60]
