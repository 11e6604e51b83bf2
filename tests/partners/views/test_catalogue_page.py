"""/partners/ : the list, its filters and pages."""


from django.test import Client

from partners.models import Partner
from tests.factories.partners import make_outlet
from tests.loyalty.views.pages import text


def test_a_partner_stands_in_the_list_with_the_readers_percentage(client: Client, bakery: Partner) -> None:
    make_outlet(bakery)
    page = text(client.get("/partners/"))
    assert "1 partner, 1 outlet" in page
    assert "Bakery" in page
    assert "10% for you" in page
