"""What the signed-in member may read: their balance, operations and orders."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.authentication import IsSignedIn, MemberSession, member_of
from loyalty.api.pagination import QUERY, NewestFirst
from loyalty.api.view import ApiView
from loyalty.domain.ledger import Balance, member_balance
from loyalty.models import Entry, Order


class PointsOnDate(serializers.Serializer[Any]):
    """Points and the business day from whose start they are available, or gone."""

    date = serializers.DateField()
    points = serializers.IntegerField()


class LifetimeAnswer(serializers.Serializer[Any]):
    """Points since the beginning; `saved` is money."""

    earned = serializers.IntegerField()
    spent = serializers.IntegerField()
    expired = serializers.IntegerField()
    returned = serializers.IntegerField()
    forgiven = serializers.IntegerField()
    saved = serializers.CharField()


class MyBalanceAnswer(serializers.Serializer[Any]):
    """The member's points now."""

    available = serializers.IntegerField()
    pending = serializers.IntegerField()
    held = serializers.IntegerField()
    debt = serializers.IntegerField()
    pending_by_date = PointsOnDate(many=True)
    expiring_by_date = PointsOnDate(many=True)
    lifetime = LifetimeAnswer()


class EntrySerializer(serializers.ModelSerializer[Entry]):
    """One line of the account."""

    partner: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True, allow_null=True)
    order = serializers.IntegerField(source="order_id", read_only=True, allow_null=True)

    class Meta:
        model = Entry
        fields = ["id", "kind", "points", "occurred_at", "partner", "order", "reason"]


class MyOrderSerializer(serializers.ModelSerializer[Order]):
    """A purchase of the member."""

    partner: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    paid = serializers.DecimalField(max_digits=14, decimal_places=2, read_only=True)

    class Meta:
        model = Order
        fields = ["id", "external_id", "partner", "occurred_at", "total", "discount", "paid", "points_earned", "points_redeemed"]


class MemberView(ApiView):
    """A call of the signed-in member."""

    authentication_classes = [MemberSession]
    permission_classes = [IsSignedIn]


class MyBalance(MemberView):
    """Points now."""

    @extend_schema(operation_id="my_balance", tags=["me"], summary="My points", responses={200: MyBalanceAnswer})
    def get(self, request: Request) -> Response:
        """Available, pending, held, debt; what comes and what goes when."""
        return Response(_my_balance(member_balance(member_of(request).pk, programme=self.programme, at=self.now)))


class MyEntries(ListAPIView[Entry], MemberView):
    """Lines of the account, the newest first."""

    serializer_class = EntrySerializer
    pagination_class = NewestFirst
    query = QUERY

    @extend_schema(operation_id="my_entries", tags=["me"], summary="My operations")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page."""
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Entry]:
        """The member's own."""
        return Entry.objects.filter(member=member_of(self.request)).select_related("partner")


class MyOrders(ListAPIView[Order], MemberView):
    """Purchases, the newest first."""

    serializer_class = MyOrderSerializer
    pagination_class = NewestFirst
    query = QUERY

    @extend_schema(operation_id="my_orders", tags=["me"], summary="My purchases")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page."""
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Order]:
        """The member's own."""
        return Order.objects.filter(member=member_of(self.request)).select_related("partner")


def _my_balance(balance: Balance) -> dict[str, Any]:
    def days(by_date: dict[Any, int]) -> list[dict[str, Any]]:
        return [{"date": day.isoformat(), "points": points} for day, points in by_date.items()]

    lifetime = balance.lifetime
    return {
        "available": balance.available,
        "pending": balance.pending,
        "held": balance.held,
        "debt": balance.debt,
        "pending_by_date": days(balance.pending_by_date),
        "expiring_by_date": days(balance.expiring_by_date),
        "lifetime": {name: getattr(lifetime, name) for name in ("earned", "spent", "expired", "returned", "forgiven")} | {"saved": str(lifetime.saved)},
    }
