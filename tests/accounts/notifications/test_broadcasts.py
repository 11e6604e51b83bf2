"""Messages to many: filter, hold-out, pause, progress, report."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.domain.notifications import broadcasts, inbox, links, receipts
from accounts.domain.notifications.receipts import Receipt, Verdict
from accounts.domain.notifications.sending import Sent
from accounts.models import Broadcast, Message
from loyalty.domain.outreach import broadcast_report, next_audience_members
from loyalty.lib.errors import DomainError
from loyalty.models import Order
from partners.models import Terms
from tests.accounts.notifications.cast import NOON, SENDER, make_reachable, states
from tests.accounts.notifications.providers import Clock, MailServer
from tests.factories.loyalty import make_partner
from tests.factories.staff import make_staff

pytestmark = pytest.mark.django_db
TEXT = {"title": "{name}, кофе", "body": "До воскресенья."}


def release(**values: Any) -> Broadcast:
    made = Broadcast.objects.create(name="кофе", **{"texts": {"ru": TEXT}, "url": "/offers/"} | values)
    broadcasts.schedule(made.pk, at=values.get("scheduled_at"), now=NOON)
    return made


def work(clock: Clock) -> int:
    return broadcasts.work(audience=next_audience_members, sender=SENDER, clock=clock)


def test_everybody_hears_once_however_often_it_is_worked_at(smtp: MailServer, send: Callable[..., Sent], clock: Clock) -> None:
    members = [make_reachable(marketing=True, first_name="Мария") for _ in range(3)]
    made = release()
    assert (work(clock), work(clock)) == (3, 0)
    assert send().accepted == 3
    work(clock)
    made.refresh_from_db()
    assert (made.state, made.audience_size) == ("done", 3)
    assert sorted(str(mail["To"]) for mail in smtp.received) == sorted(str(member.email) for member in members)
    assert {mail["Subject"].strip() for mail in smtp.received} == {"Мария, кофе"}


def test_it_begins_at_its_time(clock: Clock) -> None:
    make_reachable(marketing=True)
    release(scheduled_at=NOON + timedelta(hours=1))
    assert work(clock) == 0
    clock.pass_(hours=1)
    assert work(clock) == 1


def test_a_pause_holds_and_going_on_loses_nobody(smtp: MailServer, send: Callable[..., Sent], clock: Clock) -> None:
    for _ in range(4):
        make_reachable(marketing=True)
    made = release()
    work(clock)
    broadcasts.pause(made.pk)
    assert send().accepted == 0
    with pytest.raises(DomainError, match="isn't running"):
        broadcasts.pause(made.pk)
    broadcasts.resume(made.pk)
    assert send().accepted == 4


def test_ending_it_stops_what_has_not_left(clock: Clock, send: Callable[..., Sent]) -> None:
    member = make_reachable(marketing=True)
    made = release()
    work(clock)
    assert broadcasts.cancel(made.pk) == 1
    assert states(member) == {"inbox": "delivered", "email": "suppressed"}
    assert send().accepted == 0


def test_the_hold_out_group_hears_nothing_and_the_report_compares(clock: Clock, smtp: MailServer, send: Callable[..., Sent]) -> None:
    members = [make_reachable(marketing=True) for _ in range(20)]
    made = release(hold_out_pct=50)
    work(clock)
    send()
    held = {member.pk for member in members if broadcasts.is_held_out(made.pk, member.pk, percent=50)}
    assert 0 < len(held) < 20
    assert {str(mail["To"]) for mail in smtp.received} == {str(member.email) for member in members if member.pk not in held}
    partner = make_partner()
    buyers = [*sorted(held)[:1], *[member.pk for member in members if member.pk not in held][:2]]
    for pk in buyers:
        buy(partner, pk, NOON + timedelta(days=6, hours=23))
    buy(partner, max(held), NOON + timedelta(days=7))
    found = broadcast_report(made.pk, now=NOON + timedelta(days=30))
    assert (found.in_inbox, found.sent, found.treated.buyers) == (20 - len(held), 20 - len(held), 2)
    assert (found.held_out.members, found.held_out.buyers) == (len(held), 1)


def buy(partner: Any, member_id: int, at: Any) -> None:
    terms = Terms.objects.get(partner=partner)
    values = {"terms": terms, "occurred_at": at, "total": 100, "eligible": 100, "content_hash": "x"}
    Order.objects.create(partner=partner, external_id=f"{member_id}-{at:%d%H}", member_id=member_id, **values)


def test_the_page_of_a_broadcast_reports_what_became_of_it(client: Client, clock: Clock, smtp: MailServer, send: Callable[..., Sent]) -> None:
    """Sent, delivered, opened, clicked, purchases within 7 days next to the hold-out group: each counted of members, from the admin's page."""
    members = [make_reachable(marketing=True) for _ in range(24)]
    made = release(hold_out_pct=25)
    work(clock)
    held = [member for member in members if broadcasts.is_held_out(made.pk, member.pk, percent=25)]
    treated = [member for member in members if member not in held]
    assert held
    smtp.refuses[str(treated[0].email)] = "550 No such user"
    send()
    mails = {member.pk: Message.objects.get(member=member, channel="email") for member in treated}
    for member in treated[1:5]:
        receipts.record(Receipt(mails[member.pk].provider, mails[member.pk].provider_id, Verdict.DELIVERED), now=clock())
    # One opens the mail, one reads it in the cabinet, one follows its link twice.
    receipts.record(Receipt(mails[treated[1].pk].provider, mails[treated[1].pk].provider_id, Verdict.OPENED), now=clock())
    inbox.read(treated[2].pk, Message.objects.get(member=treated[2], channel="inbox").pk, now=clock())
    for _ in range(2):
        Client().get(links.tracked(mails[treated[3].pk], site_url=""))
    partner = make_partner()
    for member, days in ((treated[1], 1), (treated[1], 2), (treated[4], 6), (treated[5], 8), (held[0], 3)):
        buy(partner, member.pk, NOON + timedelta(days=days))
    client.force_login(make_staff("marketing"), backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(f"/admin/accounts/broadcast/{made.pk}/change/", headers={"accept-language": "en"}).content.decode()
    cells = re.findall(r'scope="row">([^<]+)</th>\s*<td[^>]*>([^<]+)</td>', page)
    shown = {name: " ".join(value.split()) for name, value in cells}
    notified, kept = len(treated), len(held)
    assert (shown["told"], shown["sent"], shown["delivered"], shown["opened"], shown["clicked"]) == (str(notified), str(notified - 1), "4", "3", "1")
    assert shown["bought within 7 days"] == f"2 / {notified} ({200 / notified:.1f} %)"
    assert shown["of the hold-out group"] == f"1 / {kept} ({100 / kept:.1f} %)"
    assert shown["difference in percentage points"] == f"{200 / notified - 100 / kept:+.1f}"


def test_a_filter_finds_its_members() -> None:
    partner, here, there = make_partner(), make_reachable(), make_reachable(language="en")
    buy(partner, here.pk, NOON)
    assert next_audience_members({"bought_at": "bakery"}, NOON, 0, 10) == [here.pk]
    assert next_audience_members({"language": "en"}, NOON, 0, 10) == [there.pk]
    assert next_audience_members({}, NOON, here.pk, 10) == [there.pk]
    for bad in ({"shoe_size": 42}, {"min_points": "many"}):
        with pytest.raises(DomainError) as refused:
            next_audience_members(bad, NOON, 0, 10)
        assert refused.value.code == "bad_audience"


def test_staff_write_release_and_watch_it(client: Client, clock: Clock) -> None:
    make_reachable(marketing=True)
    client.force_login(make_staff("marketing"), backend="allauth.account.auth_backends.AuthenticationBackend")
    values = {"name": "кофе", "category": "offers", "url": "/offers/", "audience": "{}", "hold_out_pct": "0", "title_ru": "Кофе", "body_ru": "Десятая чашка."}
    refused = client.post("/admin/accounts/broadcast/add/", values | {"audience": '{"shoe_size": 42}'})
    assert (refused.status_code, Broadcast.objects.count()) == (200, 0)
    assert client.post("/admin/accounts/broadcast/add/", values).status_code == 302
    made = Broadcast.objects.get()
    assert made.texts == {"ru": {"title": "Кофе", "body": "Десятая чашка."}}
    base = f"/admin/accounts/broadcast/{made.pk}"
    assert client.get(f"{base}/change/").status_code == 200
    assert client.get(f"{base}/release/").status_code == 302
    broadcasts.work(audience=next_audience_members, sender=SENDER, clock=lambda: made.created_at + timedelta(hours=1))
    page = client.get(f"{base}/change/")
    assert page.status_code == 200
    assert Message.objects.filter(broadcast=made, channel="inbox").count() == 1
    assert client.get("/admin/accounts/message/").status_code == 200
