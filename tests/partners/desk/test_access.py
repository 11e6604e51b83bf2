"""Who gets in at a partner's desk."""

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from partners.enums import DeskRole
from partners.models import Partner
from partners.views.desk.access import DeskRequest, desk_page
from tests.factories.accounts import MemberFactory, sign_in
from tests.factories.desk import desk_client, make_seat
from tests.factories.loyalty import make_partner, make_programme

pytestmark = pytest.mark.django_db


@pytest.fixture
def bakery() -> Partner:
    make_programme()
    return make_partner("bakery")


def test_a_visitor_is_sent_to_the_log_in_whether_the_partner_exists_or_not(bakery: Partner, client: Client) -> None:
    for slug in ("bakery", "nowhere"):
        response = client.get(f"/desk/{slug}/")
        assert response.status_code == 302
        assert response["Location"] == f"{reverse('account_login')}?next=/desk/{slug}/"


def test_a_member_without_a_seat_finds_nothing(bakery: Partner, client: Client) -> None:
    sign_in(client, MemberFactory(with_login=True))
    assert client.get("/desk/").status_code == 404
    assert client.get("/desk/bakery/").status_code == 404
    assert client.get("/desk/nowhere/").status_code == 404


def test_the_only_desk_opens_at_once(bakery: Partner) -> None:
    response = desk_client(make_seat(bakery, DeskRole.VIEWER)).get("/desk/")
    assert response["Location"] == "/desk/bakery/"


def test_several_desks_are_a_choice(bakery: Partner) -> None:
    seat = make_seat(bakery)
    seat.__class__.objects.create(partner=make_partner("cheese"), user=seat.user, role=DeskRole.VIEWER)
    make_partner("other")
    client = desk_client(seat)
    page = client.get("/desk/").content.decode()
    assert "/desk/bakery/" in page
    assert "/desk/cheese/" in page
    assert "/desk/other/" not in page
    assert client.get("/desk/cheese/").status_code == 200


def test_another_partners_desk_does_not_exist(bakery: Partner) -> None:
    client = desk_client(make_seat(make_partner("cheese")))
    assert client.get("/desk/bakery/").status_code == 404
    # Nor does it once somebody else has a seat there.
    make_seat(bakery)
    assert client.get("/desk/bakery/").status_code == 404


def test_pages_of_a_desk_are_private(bakery: Partner) -> None:
    response = desk_client(make_seat(bakery)).get("/desk/bakery/")
    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize(("role", "needed", "let_in"), [(role, needed, n >= m) for n, role in enumerate(DeskRole) for m, needed in enumerate(DeskRole)])
def test_a_role_covers_itself_and_those_before(bakery: Partner, rf: RequestFactory, role: DeskRole, needed: DeskRole, let_in: bool) -> None:
    @desk_page(needed)
    def view(request: DeskRequest) -> HttpResponse:
        return HttpResponse(request.desk.partner.slug)

    request = rf.get("/")
    request.user = make_seat(bakery, role).user
    if let_in:
        assert view(request, slug="bakery").content == b"bakery"
    else:
        with pytest.raises(PermissionDenied):
            view(request, slug="bakery")
