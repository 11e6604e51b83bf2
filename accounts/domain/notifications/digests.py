"""Gathering a member's e-mails into one, for who asked for that."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext, ngettext

from accounts.domain.notifications import decide, preferences, reach
from accounts.domain.notifications.formats import number
from accounts.domain.notifications.scenarios import DIGEST
from accounts.domain.notifications.sender import Sender
from accounts.models import Message
from accounts.models.notification import Category, Channel, MessageState, Reason
from loyalty.lib.rows import id_set

MEMBERS_AT_ONCE = 200
_MOST_SHOWN = 30


def assemble(*, sender: Sender, now: datetime) -> int:
    """Turn gathered messages that are due into one queued mail a member. Returns how many mails.

    What the member has switched off meanwhile stays out. Several workers may do this at once: one waits for the other's rows.
    """
    made = 0
    due = Message.objects.filter(state=MessageState.QUEUED, channel=Channel.EMAIL, in_digest=True, due_at__lte=now)
    while members := list(due.order_by("member_id").values_list("member_id", flat=True).distinct()[:MEMBERS_AT_ONCE]):
        with transaction.atomic():
            rows = list(due.filter(member_id__in=id_set(members)).order_by("pk").select_for_update(of=("self",)))
            made += _assemble(rows, sender=sender, now=now)
    return made


def _assemble(rows: Sequence[Message], *, sender: Sender, now: datetime) -> int:
    ids = {row.member_id for row in rows}
    contacts, wishes = reach.load(ids), preferences.load(ids)
    kept: dict[int, list[Message]] = defaultdict(list)
    out: dict[Reason, list[int]] = defaultdict(list)
    for row in rows:
        reason = decide.why_not_now(contacts.get(row.member_id), wishes[row.member_id], Category(row.category), Channel.EMAIL)
        if reason is None:
            kept[row.member_id].append(row)
        else:
            out[reason].append(row.pk)
    for reason, pks in out.items():
        Message.objects.filter(pk__in=id_set(pks)).update(state=MessageState.SUPPRESSED, reason=reason)
    carriers = [_carrier(found, sender=sender, now=now) for found in kept.values()]
    Message.objects.bulk_create(carriers, ignore_conflicts=True, batch_size=500)
    gathered = [row.pk for found in kept.values() for row in found]
    Message.objects.filter(pk__in=id_set(gathered)).update(state=MessageState.SENT, reason=Reason.DIGEST, sent_at=now)
    return len(carriers)


def _carrier(rows: Sequence[Message], *, sender: Sender, now: datetime) -> Message:
    first = rows[0]
    # Its footer leaves the category that the reader is likeliest to be tired of.
    category = max((Category(row.category) for row in rows), key=lambda one: (one.priority, one))
    with translation.override(first.language):
        shown = [[row.title, row.body.split("\n")[0]] for row in rows[:_MOST_SHOWN]]
        title = ngettext("%(programme)s: %(number)s message", "%(programme)s: %(number)s messages", len(rows))
        return Message(
            event_key=f"digest:{first.pk}",
            member_id=first.member_id,
            category=category,
            channel=Channel.EMAIL,
            scenario=DIGEST,
            language=first.language,
            title=title % {"programme": sender.name, "number": number(len(rows))},
            body=gettext("What has happened since the last digest."),
            rows=shown,
            button=gettext("Read in the cabinet"),
            url="/inbox/",
            priority=category.priority,
            planned_at=now,
            due_at=now,
            created_at=now,
        )
