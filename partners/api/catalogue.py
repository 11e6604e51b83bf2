"""The catalogue for shops and sites: partners, and outlets on the map."""

from datetime import datetime
from math import isfinite
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.api.pagination import QUERY, ById, read_limit
from loyalty.api.view import ApiView
from partners.domain import outlets
from partners.domain.outlets import Box
from partners.models import Outlet, Partner, Terms
from partners.models.api_key import Scope


class PartnerSerializer(serializers.ModelSerializer[Partner]):
    """A partner with the terms that hold now, in percent. An empty spendable_pct is the programme's share."""

    category: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True, allow_null=True)
    base_pct = serializers.DecimalField(max_digits=6, decimal_places=3, read_only=True, allow_null=True)
    spendable_pct = serializers.DecimalField(max_digits=6, decimal_places=3, read_only=True, allow_null=True)

    class Meta:
        model = Partner
        fields = ["slug", "name", "category", "description", "base_pct", "spendable_pct"]


class OutletSerializer(serializers.ModelSerializer[Outlet]):
    """A point of sale. `distance` in metres, where a place was asked for."""

    partner: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    distance = serializers.IntegerField(read_only=True, required=False)

    class Meta:
        model = Outlet
        fields = ["id", "partner", "external_id", "name", "address", "city", "country", "lat", "lng", "phone", "hours", "distance"]


class PartnerFilter(filters.FilterSet):
    """Partners of a category, or with a word in their name."""

    category = filters.CharFilter(field_name="category__slug", max_length=50)
    q = filters.CharFilter(field_name="name", lookup_expr="icontains", max_length=100)

    class Meta:
        model = Partner
        fields = ["category", "q"]


class OutletFilter(filters.FilterSet):
    """Outlets of a partner or a city."""

    partner = filters.CharFilter(field_name="partner__slug", max_length=64)
    city = filters.CharFilter(field_name="city", lookup_expr="iexact", max_length=100)

    class Meta:
        model = Outlet
        fields = ["partner", "city"]


def partners_at(instant: datetime) -> QuerySet[Partner]:
    """Active partners with the percentages that hold at an instant."""
    held = Terms.objects.filter(partner=OuterRef("pk"), valid_from__lte=instant).order_by("-valid_from")
    shown = Partner.objects.filter(is_active=True).select_related("category")
    return shown.annotate(base_pct=Subquery(held.values("base_pct")[:1]), spendable_pct=Subquery(held.values("spendable_pct")[:1]))


class Partners(ListAPIView[Partner], ApiView):
    """The coalition."""

    scopes = {"GET": Scope.CATALOGUE_READ}
    serializer_class = PartnerSerializer
    pagination_class = ById
    filter_backends = [filters.DjangoFilterBackend]
    filterset_class = PartnerFilter
    query = QUERY | {"category", "q"}

    @extend_schema(operation_id="list_partners", tags=["catalogue"], summary="Partners")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page of partners."""
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Partner]:
        """Active ones."""
        return partners_at(self.now)


class PartnerDetail(RetrieveAPIView[Partner], ApiView):
    """One partner."""

    scopes = {"GET": Scope.CATALOGUE_READ}
    serializer_class = PartnerSerializer
    lookup_field = "slug"

    @extend_schema(operation_id="get_partner", tags=["catalogue"], summary="A partner")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """By slug."""
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Partner]:
        """Active ones."""
        return partners_at(self.now)


class Outlets(ListAPIView[Outlet], ApiView):
    """Points of sale."""

    scopes = {"GET": Scope.CATALOGUE_READ}
    serializer_class = OutletSerializer
    pagination_class = ById
    filter_backends = [filters.DjangoFilterBackend]
    filterset_class = OutletFilter
    query = QUERY | {"partner", "city", "bbox", "near", "zoom"}

    @extend_schema(
        operation_id="list_outlets",
        tags=["catalogue"],
        summary="Outlets, in a box or nearest to a place",
        parameters=[
            OpenApiParameter("bbox", str, description="west,south,east,north in degrees; west > east crosses the 180th meridian."),
            OpenApiParameter("zoom", {"type": "integer", "minimum": 0, "maximum": 22}, description="Of the map; outlets come one by one at every zoom."),
            OpenApiParameter("near", str, description="lat,lng in degrees: the nearest first, without further pages."),
        ],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Pages by id; with `near` one list by distance."""
        near = request.query_params.get("near")
        if near is None:
            return super().get(request, *args, **kwargs)
        lat, lng = read_near(near)
        found = outlets.nearest(self.filter_queryset(self.get_queryset()), lat=lat, lng=lng, limit=read_limit(request, default=20))
        for outlet, metres in found:
            outlet.distance = metres  # type: ignore[attr-defined]
        return Response({"next": None, "results": self.get_serializer([outlet for outlet, _metres in found], many=True).data})

    def get_queryset(self) -> QuerySet[Outlet]:
        """Open ones, in the box if one is asked for."""
        shown = outlets.open_outlets()
        box, zoom = self.request.query_params.get("bbox"), self.request.query_params.get("zoom")
        if zoom is not None and not (zoom.isascii() and zoom.isdigit() and len(zoom) <= 2 and int(zoom) <= 22):
            raise ValidationError({"zoom": "A zoom is a whole number from 0 to 22."}, code="bad_zoom")
        return shown.filter(read_box(box).query) if box is not None else shown


def read_box(text: str) -> Box:
    """west,south,east,north. Raises ValidationError."""
    numbers = _degrees(text)
    if len(numbers) != 4:
        raise ValidationError({"bbox": "A box is west,south,east,north in degrees, as in 37.3,55.5,37.9,55.9."}, code="bad_box")
    west, south, east, north = numbers
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise ValidationError({"bbox": "Longitudes lie in -180…180, latitudes in -90…90, and south isn't above north."}, code="bad_box")
    return Box(west, south, east, north)


def read_near(text: str) -> tuple[float, float]:
    """lat,lng. Raises ValidationError."""
    numbers = _degrees(text)
    if len(numbers) != 2 or not (-90 <= numbers[0] <= 90 and -180 <= numbers[1] <= 180):
        raise ValidationError({"near": "A place is lat,lng in degrees, as in 55.75,37.62."}, code="bad_place")
    return numbers[0], numbers[1]


def _degrees(text: str) -> list[float]:
    """The numbers of a list, or nothing if one is none."""
    try:
        numbers = [float(part) for part in text.split(",")] if len(text) <= 200 and text.isascii() and "_" not in text else []
    except ValueError:
        return []
    return numbers if all(map(isfinite, numbers)) else []
