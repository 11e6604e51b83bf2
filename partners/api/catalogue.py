"""The catalogue for shops and sites: partners, and outlets on the map."""

from datetime import datetime
from math import isfinite
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.cache import patch_vary_headers
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.api.pagination import QUERY, ById, read_limit
from loyalty.api.view import ApiView
from loyalty.lib import translation
from loyalty.lib.rows import id_set
from partners.domain import search
from partners.domain.map import clusters, geo
from partners.domain.map.clusters import STREET_ZOOM, Cluster
from partners.domain.map.geo import Box, Only
from partners.domain.map.nearest import open_outlets
from partners.models import Outlet, Partner, Terms
from partners.models.api_key import Scope


class PartnerSerializer(serializers.ModelSerializer[Partner]):
    """A partner with the terms that hold now, in percent. An empty spendable_pct is the programme's share.

    Texts come in the language of Accept-Language, as far as the programme has them in it.
    """

    category: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True, allow_null=True)
    description = serializers.SerializerMethodField()
    base_pct = serializers.DecimalField(max_digits=6, decimal_places=3, read_only=True, allow_null=True)
    spendable_pct = serializers.DecimalField(max_digits=6, decimal_places=3, read_only=True, allow_null=True)

    class Meta:
        model = Partner
        fields = ["slug", "name", "category", "description", "base_pct", "spendable_pct"]

    def get_description(self, partner: Partner) -> str:
        """What the partner says of itself."""
        return translation.chosen(translation.each(partner, "description"), language_of(self.context["request"]))


class OutletSerializer(serializers.ModelSerializer[Outlet]):
    """A point of sale. `distance` in metres, where a place was asked for."""

    partner: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    distance = serializers.IntegerField(read_only=True, required=False)

    class Meta:
        model = Outlet
        fields = ["id", "partner", "external_id", "name", "address", "city", "country", "lat", "lng", "phone", "hours", "timezone", "distance"]


class ClusterSerializer(serializers.Serializer[Cluster]):
    """Outlets near each other, below street zoom: their middle, the box that holds them, the best base percentage of their partners."""

    lat = serializers.FloatField()
    lng = serializers.FloatField()
    count = serializers.IntegerField()
    best_pct = serializers.DecimalField(max_digits=6, decimal_places=3, allow_null=True)
    bbox = serializers.ListField(child=serializers.FloatField(), min_length=4, max_length=4, help_text="west, south, east, north")

    def to_representation(self, instance: Cluster) -> dict[str, Any]:
        """As JSON."""
        box = instance.box
        best = None if instance.best_pct is None else f"{instance.best_pct:.3f}"
        bounds = [box.west, box.south, box.east, box.north]
        return {"lat": instance.lat, "lng": instance.lng, "count": instance.count, "best_pct": best, "bbox": bounds}


class OutletsAnswer(serializers.Serializer[Any]):
    """A page of outlets. With a zoom below street zoom, `clusters` stand for those that lie close together."""

    next = serializers.URLField(allow_null=True)
    results = OutletSerializer(many=True)
    clusters = ClusterSerializer(many=True, required=False)


class PartnerFilter(filters.FilterSet):
    """Partners of a category, or found by words: their forms, typing errors and both alphabets are understood."""

    category = filters.CharFilter(field_name="category__slug", max_length=50)
    q = filters.CharFilter(method="searched", max_length=100)

    class Meta:
        model = Partner
        fields = ["category", "q"]

    def searched(self, partners: QuerySet[Partner], name: str, text: str) -> QuerySet[Partner]:
        """Those that have all the words."""
        return partners.filter(pk__in=id_set(search.find(text).scores))


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


def language_of(request: Request) -> str:
    """The language in which a shop's program wants texts: the sentences of the API are English, the programme's own texts needn't be."""
    return translation.asked_for(request.headers.get("Accept-Language", ""))


class InTheirLanguage(ApiView):
    """An answer with texts of the programme."""

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Say which language was chosen, and by what."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer["Content-Language"] = language_of(request)
        patch_vary_headers(answer, ["Accept-Language"])
        return answer


class Partners(ListAPIView[Partner], InTheirLanguage):
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


class PartnerDetail(RetrieveAPIView[Partner], InTheirLanguage):
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
        responses=OutletsAnswer(),
        parameters=[
            OpenApiParameter("bbox", str, description="west,south,east,north in degrees; west > east crosses the 180th meridian."),
            OpenApiParameter(
                "zoom",
                {"type": "integer", "minimum": 0, "maximum": 22},
                description=f"Of the map. Below {STREET_ZOOM} outlets that lie close together come as `clusters`, all in one answer.",
            ),
            OpenApiParameter("near", str, description="lat,lng in degrees: the nearest first (at one distance by external_id), without further pages."),
        ],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Pages by id; with `near` one list by distance; with `zoom` what a map shows."""
        limit, near, zoom = read_limit(request, default=20), request.query_params.get("near"), read_zoom(request.query_params.get("zoom"))
        if near is not None:
            lat, lng = read_near(near)
            found = geo.nearest(lat, lng, limit=limit, only=self._only())
            return Response({"next": None, "results": self._outlets([one.outlet_id for one in found], [round(one.distance_km * 1000) for one in found])})
        if zoom is not None and zoom < STREET_ZOOM:
            return self._map(zoom)
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Outlet]:
        """Open ones, in the box if one is asked for."""
        box = self.request.query_params.get("bbox")
        return open_outlets().filter(read_box(box).query) if box is not None else open_outlets()

    def _only(self) -> Only:
        """The filters of the address."""
        slug, city = self.request.query_params.get("partner"), self.request.query_params.get("city")
        partner_ids = list(Partner.objects.filter(slug=slug).values_list("pk", flat=True)) if slug else None
        return Only(partner_ids, None, city or None)

    def _map(self, zoom: int) -> Response:
        """Clusters, and the outlets that stand alone."""
        box = self.request.query_params.get("bbox")
        shown = read_box(box) if box is not None else Box(-180, -90, 180, 90)
        percents: dict[int, Any] = {one.pk: pct for one in partners_at(self.now).defer("search") if (pct := getattr(one, "base_pct", None)) is not None}
        view = clusters.view(shown, zoom=zoom, only=self._only(), percents=percents)
        alone = self._outlets([pin.outlet_id for pin in view.pins])
        return Response({"next": None, "results": alone, "clusters": [ClusterSerializer(one).data for one in view.clusters]})

    def _outlets(self, ids: list[int], metres: list[int] | None = None) -> Any:
        """Outlets in this order, with their distances."""
        found = Outlet.objects.select_related("partner").in_bulk(ids)
        for pk, distance in zip(ids, metres or [], strict=False):
            if pk in found:
                found[pk].distance = distance  # type: ignore[attr-defined]
        return self.get_serializer([found[pk] for pk in ids if pk in found], many=True).data


def read_zoom(text: str | None) -> int | None:
    """A zoom of the map. Raises ValidationError."""
    if text is not None and not (text.isascii() and text.isdigit() and len(text) <= 2 and int(text) <= 22):
        raise ValidationError({"zoom": "A zoom is a whole number from 0 to 22."}, code="bad_zoom")
    return None if text is None else int(text)


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
