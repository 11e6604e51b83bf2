"""The least that a call and a page of this framework cost: a bare DRF view with the minimal procedure, a page with session and five queries."""

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

_ENTRIES = "SELECT id, points, occurred_at FROM loyalty_entry WHERE member_id = %s ORDER BY occurred_at DESC, id DESC LIMIT 5"


class Posting(APIView):
    """One posting of the floor (benchmarks/floor.sql): nothing is checked, nothing explained."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()

    def post(self, request: Request) -> Response:
        """Credits what the body says."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT floor_credit(%s, %s, %s)", [request.data["account"], request.data["points"], request.data["key"]])
            return Response({"entry": cursor.fetchone()[0]}, status=201)


def page(request: HttpRequest) -> HttpResponse:
    """Who is signed in, and five queries by primary key or index."""
    name = str(request.user)
    with connection.cursor() as cursor:
        for _query in range(5):
            cursor.execute(
                "SELECT id, points, occurred_at FROM loyalty_entry WHERE member_id = %s ORDER BY occurred_at DESC, id DESC LIMIT 5", [request.user.pk]
            )
            rows = cursor.fetchall()
    return HttpResponse("<!doctype html><title>Floor</title>" + name + "".join(f"<p>{row}</p>" for row in rows))
