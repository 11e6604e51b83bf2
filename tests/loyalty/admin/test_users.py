"""Staff users: roles given by administrators, nobody raises themselves, contacts masked in the log."""

from allauth.account.models import EmailAddress
from auditlog.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from accounts.models import Member, User
from loyalty.domain.programme import ROLES, SUPPORT, install_roles
from loyalty.models import Programme
from tests.factories.staff import make_staff, staff_client, superuser_client


def test_an_administrator_adds_a_colleague_who_logs_in_by_a_code(programme: Programme) -> None:
    support = Group.objects.get(name=SUPPORT)
    response = staff_client().post(reverse("admin:accounts_user_add"), {"email": "New@Example.org", "groups": [support.pk]})
    assert response.status_code == 302
    added = User.objects.get(email="new@example.org")
    assert added.is_staff
    assert not added.is_superuser
    assert not added.has_usable_password()
    assert list(added.groups.all()) == [support]
    assert EmailAddress.objects.get(user=added).verified
    lines = LogEntry.objects.filter(content_type__model="user", object_id=added.pk)
    assert {line.actor.email for line in lines if line.actor} == {"administrator@example.org"}
    assert "new@example.org" not in str([(line.object_repr, line.changes) for line in lines])
    assert any("groups" in line.changes for line in lines)


def test_a_taken_address_is_refused(anna: Member) -> None:
    assert anna.user is not None
    response = staff_client().post(reverse("admin:accounts_user_add"), {"email": str(anna.user.email).upper()})
    assert "already" in response.content.decode()
    assert User.objects.filter(is_staff=True).count() == 1


def test_nobody_raises_themselves_or_touches_a_superuser(programme: Programme) -> None:
    root = User.objects.create_superuser("boss@example.org")
    client = staff_client()
    me = User.objects.get(email="administrator@example.org")
    for user in (me, root):
        address = reverse("admin:accounts_user_change", args=[user.pk])
        assert client.get(address).status_code == 200
        assert client.post(address, {"is_active": "on", "is_staff": "on", "groups": []}).status_code == 403


def test_contacts_and_superuser_rights_are_not_in_the_form(anna: Member) -> None:
    assert anna.user is not None
    address = reverse("admin:accounts_user_change", args=[anna.user.pk])
    client = superuser_client()
    assert client.post(address, {"is_active": "", "email": "evil@example.org", "is_superuser": "on", "phone": "+79000000000"}).status_code == 302
    before = (anna.user.email, anna.user.phone)
    anna.user.refresh_from_db()
    assert (anna.user.email, anna.user.phone) == before
    assert not anna.user.is_active
    assert not anna.user.is_superuser


def test_roles_come_with_every_migrate_and_write_no_ledger(programme: Programme) -> None:
    assert set(Group.objects.values_list("name", flat=True)) >= set(ROLES)
    support = Group.objects.get(name=SUPPORT)
    support.permissions.add(Permission.objects.get(codename="change_programme"))
    install_roles()
    for role, names in ROLES.items():
        have = {f"{one.content_type.app_label}.{one.codename}" for one in Permission.objects.filter(group__name=role).select_related("content_type")}
        assert have == set(names)
        assert not {
            name for name in names if name.split("_")[0].endswith((".add", ".change", ".delete")) and name.split("_")[1] in ("entry", "lot", "allocation")
        }


def test_support_sees_members_and_neither_users_nor_the_log(anna: Member) -> None:
    client = staff_client(SUPPORT)
    assert client.get(reverse("admin:accounts_member_changelist")).status_code == 200
    for page in ("accounts_user", "auditlog_logentry", "loyalty_programme"):
        assert client.get(reverse(f"admin:{page}_changelist"), follow=True).status_code == 403
    page = client.get(reverse("admin:index")).content.decode()
    assert reverse("admin:accounts_member_changelist") in page
    assert reverse("admin:auditlog_logentry_changelist") not in page


def test_members_do_not_enter(anna: Member) -> None:
    from django.test import Client

    client = Client()
    client.force_login(anna.user)
    assert client.get("/admin/").status_code == 302
    make_staff(SUPPORT)
