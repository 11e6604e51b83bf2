"""What a broadcast did: who heard, opened, followed, and bought within 7 days, against the hold-out group."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from accounts.domain.notifications import broadcasts
from accounts.models import Message
from accounts.models.notification import Channel, MessageState, Reason
from loyalty.models import Order

WINDOW = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Group:
    """Members, and how many of them bought within the window."""

    members: int
    buyers: int

    @property
    def share(self) -> float | None:
        """Buyers in percent; None of nobody."""
        return 100 * self.buyers / self.members if self.members else None


@dataclass(frozen=True, slots=True)
class Report:
    """Counts of members (not of messages). `uplift` is in percentage points; None without a hold-out group."""

    in_inbox: int
    sent: int
    delivered: int
    opened: int
    clicked: int
    treated: Group
    held_out: Group

    @property
    def uplift(self) -> float | None:
        """How many more of a hundred bought than in the hold-out group."""
        treated, held = self.treated.share, self.held_out.share
        return None if treated is None or held is None else treated - held


def broadcast_report(broadcast_id: int, *, now: datetime) -> Report:
    """The report; the purchases are those since the member's message (or its absence in the hold-out group), 7 days at most. Three queries."""
    counts = broadcasts.counts(broadcast_id)
    mine = Message.objects.filter(broadcast_id=broadcast_id, channel=Channel.INBOX)
    bought = Exists(
        Order.objects.filter(
            member_id=OuterRef("member_id"), occurred_at__gte=OuterRef("created_at"), occurred_at__lt=OuterRef("created_at") + WINDOW, occurred_at__lte=now
        )
    )
    treated = mine.filter(state=MessageState.DELIVERED)
    held = mine.filter(reason=Reason.HOLD_OUT)
    return Report(
        in_inbox=counts["in_inbox"],
        sent=counts["sent"],
        delivered=counts["delivered"],
        opened=counts["opened"],
        clicked=counts["clicked"],
        treated=Group(counts["in_inbox"], treated.filter(bought).count()),
        held_out=Group(counts["held_out"], held.filter(bought).count()),
    )
