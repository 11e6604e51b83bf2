"""The ledger, documents and logs can be read, and not even a superuser writes them by hand."""

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import Card, Consent, Member, User
from loyalty.models import Allocation, Debt, Entry, Event, Hold, Lot, Order, Programme, Return
from partners.models import Partner
from tests.factories.staff import superuser_client
from tests.loyalty.admin.conftest import trade

READ_ONLY = [Entry, Lot, Allocation, Debt, Hold, Order, Return, Event, Member, Card]


@pytest.mark.parametrize("model", READ_ONLY, ids=lambda model: model.__name__)
@pytest.mark.django_db
def test_nobody_adds_changes_or_deletes(model: type, rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = User.objects.create_superuser("root@example.org")
    page = admin.site.get_model_admin(model)
    assert page.has_view_permission(request)
    assert not page.has_add_permission(request)
    assert not page.has_change_permission(request)
    assert not page.has_delete_permission(request)
    for inline in page.get_inline_instances(request):
        assert not inline.has_add_permission(request, None)
        assert not inline.has_change_permission(request, None)
        assert not inline.has_delete_permission(request, None)


def test_posting_to_an_entry_changes_nothing(anna: Member) -> None:
    client = superuser_client()
    entry = Entry.objects.get()
    assert client.post(reverse("admin:loyalty_entry_change", args=[entry.pk]), {"points": 999}).status_code == 403
    assert client.post(reverse("admin:loyalty_entry_add"), {"points": 999}).status_code == 403
    assert client.post(reverse("admin:loyalty_entry_delete", args=[entry.pk]), {"post": "yes"}).status_code == 403
    assert Entry.objects.get().points == 300


def test_every_detail_page_opens(anna: Member, bakery: Partner, programme: Programme) -> None:
    trade(anna, bakery, programme, times=2)
    client = superuser_client()
    for model in (Entry, Lot, Allocation, Order, Return, Event, Member, Card, Partner, Programme, User):
        row = model._default_manager.first()
        assert row is not None, model
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk])
        assert client.get(address).status_code == 200, address
    assert Consent.objects.filter(member=anna).exists() == ("programme rules" in client.get(f"/admin/accounts/member/{anna.pk}/change/").content.decode())


def test_an_order_is_explained_in_words(anna: Member, bakery: Partner, programme: Programme) -> None:
    trade(anna, bakery, programme, times=1)
    client: Client = superuser_client()
    page = client.get(reverse("admin:loyalty_order_change", args=[Order.objects.get().pk])).content.decode()
    for words in (
        "Paid in money for what earns: ₽640",
        "Cigarettes, ₽100, earns nothing: The law says so",
        "10%, 64",
        "paid by Bakery",
        "Altogether 64\u00a0points",
    ):
        assert words in page
    page = client.get(reverse("admin:loyalty_return_change", args=[Return.objects.get().pk])).content.decode()
    for words in ("The order earned 64\u00a0points", "What is left of it earns 32\u00a0points", "So this return takes back 32\u00a0points"):
        assert words in page
