"""Lists cost the same with few rows and with many, and the log masks contacts."""

from typing import Any

import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.domain import members
from accounts.models import Member, User
from loyalty.admin.base import EstimatingPaginator
from loyalty.models import Entry, Programme
from partners.models import Partner
from tests.factories.accounts import MemberFactory
from tests.factories.loyalty import make_partner
from tests.factories.partners import make_category, make_outlet
from tests.factories.staff import superuser_client
from tests.loyalty.admin.conftest import trade

LISTS = [
    "accounts_member",
    "accounts_card",
    "accounts_user",
    "partners_partner",
    "partners_outlet",
    "partners_terms",
    "partners_category",
    "loyalty_order",
    "loyalty_return",
    "loyalty_entry",
    "loyalty_lot",
    "loyalty_allocation",
    "loyalty_debt",
    "loyalty_hold",
    "loyalty_event",
    "auditlog_logentry",
]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_costs_the_same_with_many_rows(name: str, anna: Member, bakery: Partner, programme: Programme) -> None:
    client = superuser_client()
    make_category("first")
    make_outlet(bakery, "first")
    trade(anna, bakery, programme, times=1)
    address = reverse(f"admin:{name}_changelist")
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as few:
        assert client.get(address).status_code == 200
    for n in range(4):
        partner = make_partner(f"shop-{n}", base="10")
        make_category(f"category-{n}")
        make_outlet(partner, str(n))
        member = MemberFactory(with_login=True, with_card=True)
        trade(member, partner, programme, times=2, name=f"more-{n}")
    with CaptureQueriesContext(connection) as many:
        assert client.get(address).status_code == 200
    assert len(many) == len(few), "\n".join(query["sql"] for query in many.captured_queries)
    assert len(many) <= 20


def test_the_paginator_counts_a_filtered_list_up_to_its_bound(anna: Member, monkeypatch: Any, bakery: Partner, programme: Programme) -> None:
    trade(anna, bakery, programme, times=3)
    monkeypatch.setattr(EstimatingPaginator, "BOUND", 2)
    assert EstimatingPaginator(Entry.objects.filter(member=anna).order_by("-pk"), 50).count == 2


def test_the_log_has_no_whole_contacts(anna: Member) -> None:
    assert anna.user is not None
    members.change_email(user_id=anna.user.pk, email="quite.new@example.org")
    members.change_phone(user_id=anna.user.pk, phone="+79998887766")
    text = str(list(LogEntry.objects.values_list("object_repr", "changes", "changes_text", "serialized_data")))
    assert "q•••@example.org" in text
    assert "quite.new" not in text
    assert "+79998887766" not in text
    assert "password" not in text
    assert User.objects.get(pk=anna.user.pk).email == "quite.new@example.org"
    page = superuser_client().get(reverse("admin:auditlog_logentry_changelist")).content.decode()
    assert "quite.new" not in page
