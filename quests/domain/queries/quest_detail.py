"""/quests/<slug>/: a quest with the timeline of what counted and what was taken back."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from loyalty.lib.clock import business_day
from loyalty.models import Order, Programme
from partners.models import Category, Partner
from quests.domain.queries.cards import QuestCard, cards, conditions, shown
from quests.enums import ReturnPolicy
from quests.models import Completion, Contribution, Deed, Progress

SHOWN = 60


@dataclass(frozen=True)
class TimelineItem:
    """`kind` is taken, purchase, return, deed, completed or taken_back. `value` is signed, in the trigger's unit.

    `order_id` leads to the purchase. The reward of a completion is in `tokens` and `points`.
    """

    kind: str
    at: datetime
    on: date
    value: Decimal | None = None
    order_id: int | None = None
    partner: str = ""
    detail: str = ""
    tokens: int = 0
    points: int = 0

    @property
    def is_reward(self) -> bool:
        """Whether it gave the reward or took it back."""
        return self.kind in ("completed", "taken_back")

    @property
    def was_given(self) -> bool:
        """Of a reward: given, and not taken back."""
        return self.kind == "completed"


@dataclass(frozen=True)
class QuestDetail:
    """A card with its timeline (the latest first) and what its conditions name."""

    card: QuestCard
    timeline: list[TimelineItem]
    partners: list[Partner]
    categories: list[Category]
    return_policy: ReturnPolicy
    questions: list[dict[str, object]]
    takes_code: bool
    more: bool


def quest_detail(member_id: int, slug: str, *, programme: Programme, now: datetime) -> QuestDetail | None:
    """A quest the member may see; None otherwise. Eleven queries at most, however long the timeline."""
    quest = shown(now).filter(slug=slug).first()
    if quest is None:
        return None
    card = cards([quest], member_id, programme=programme, now=now)[0]
    rows = list(Progress.objects.filter(member_id=member_id, quest=quest).order_by("-window_start")[:12])
    items = _timeline(rows, programme)
    rules = conditions(quest)
    return QuestDetail(
        card=card,
        timeline=items[:SHOWN],
        partners=list(Partner.objects.filter(pk__in=rules.partners)),
        categories=list(Category.objects.filter(pk__in=rules.categories)),
        return_policy=ReturnPolicy(quest.return_policy),
        questions=[{key: question[key] for key in ("id", "text", "choices") if key in question} for question in quest.parameters.get("questions", [])],
        takes_code=bool(quest.parameters.get("codes")),
        more=len(items) > SHOWN,
    )


def _timeline(rows: list[Progress], programme: Programme) -> list[TimelineItem]:
    zone = programme.zone
    items = [TimelineItem("taken", row.taken_at, business_day(row.taken_at, zone)) for row in rows if row.taken_at]
    contributions = list(Contribution.objects.filter(progress__in=rows).order_by("-occurred_at", "-pk")[: SHOWN + 1])
    orders = Order.objects.select_related("partner").in_bulk([one.order_id for one in contributions if one.order_id])
    deeds = Deed.objects.in_bulk([one.deed_id for one in contributions if one.deed_id])
    for one in contributions:
        order = orders.get(one.order_id) if one.order_id else None
        kind = "deed" if order is None else "return" if one.order_return_id else "purchase"
        deed = deeds.get(one.deed_id) if one.deed_id else None
        items.append(
            TimelineItem(
                kind,
                one.occurred_at,
                business_day(one.occurred_at, zone),
                value=one.value,
                order_id=one.order_id,
                partner=order.partner.name if order else "",
                detail=str(deed.data.get("title", "")) if deed else "",
            )
        )
    for row in Completion.objects.filter(progress__in=rows):
        items.append(TimelineItem("completed", row.completed_at, business_day(row.completed_at, zone), tokens=row.tokens, points=row.points))
        if row.undone_at is not None:
            items.append(TimelineItem("taken_back", row.undone_at, business_day(row.undone_at, zone), tokens=row.tokens, points=row.points))
    order_of = {"taken": 0, "purchase": 1, "deed": 1, "completed": 2, "return": 3, "taken_back": 4}
    return sorted(items, key=lambda item: (item.at, order_of[item.kind]), reverse=True)
