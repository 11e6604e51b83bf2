"""Keys: who they let in, and how they end."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from loyalty.lib.errors import DomainError
from partners.domain import api_key
from partners.models import ApiKey
from partners.models.api_key import Scope
from tests.factories.loyalty import make_partner
from tests.factories.till import Till, make_till

pytestmark = pytest.mark.django_db


def _code(till: Till) -> tuple[int, str | None]:
    answer = till.get("partners/")
    return answer.status_code, answer.json().get("code")


def test_only_a_hash_of_the_key_is_stored() -> None:
    key, text = api_key.create(partner=make_partner(), name="till", scopes=[Scope.ORDERS_WRITE])
    secret = text.partition(".")[2]
    assert len(secret) >= 32
    stored = ApiKey.objects.values().get(pk=key.pk)
    assert not any(secret in str(value) for value in stored.values())


@pytest.mark.parametrize("text", ["", "x", "nobody.knows", "\0.a", "a" * 500, "Ключ.x"])
def test_an_unknown_key_is_401(text: str) -> None:
    till = make_till()
    answer = till.client.get("/api/v1/partners/", HTTP_AUTHORIZATION=f"Api-Key {text}")
    assert (answer.status_code, answer.json()["code"]) == (401, "key_unknown")
    assert answer.headers["WWW-Authenticate"] == 'Api-Key realm="api"'


def test_a_key_with_a_changed_letter_is_unknown() -> None:
    till = make_till()
    till.key = till.key[:-1] + ("a" if till.key[-1] != "a" else "b")
    assert _code(till) == (401, "key_unknown")


def test_no_key_and_other_schemes_are_401() -> None:
    till = make_till()
    for headers in ({}, {"authorization": f"Bearer {till.key}"}, {"authorization": till.key}):
        answer = till.client.get("/api/v1/partners/", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


def test_a_revoked_or_expired_key_and_one_of_a_partner_who_left_are_refused() -> None:
    till = make_till()
    key = ApiKey.objects.get()
    ApiKey.objects.update(expiry_date=timezone.now())
    assert _code(till) == (401, "key_expired")
    ApiKey.objects.update(expiry_date=None)
    assert _code(till)[0] == 200
    api_key.revoke(key)
    assert _code(till) == (401, "key_revoked")
    other = make_till(slug="chemist")
    other.partner.is_active = False
    other.partner.save(update_fields=["is_active"])
    assert _code(other) == (401, "partner_inactive")


def test_a_rotated_key_works_beside_its_successor_for_the_overlap() -> None:
    till = make_till(scopes=[Scope.CATALOGUE_READ])
    now = timezone.now()
    fresh, text = api_key.rotate(ApiKey.objects.get(), overlap=timedelta(hours=2), now=now)
    successor = Till(till.partner, text)
    assert (_code(till)[0], _code(successor)[0]) == (200, 200)
    old = ApiKey.objects.get(replaced_by=fresh)
    assert old.expiry_date == now + timedelta(hours=2)
    assert (fresh.scopes, fresh.name, fresh.expiry_date) == (old.scopes, old.name, None)
    with pytest.raises(DomainError, match="successor already"):
        api_key.rotate(old, overlap=timedelta(hours=2), now=now)
    with pytest.raises(DomainError, match="has expired"):
        api_key.find(till.key, now=now + timedelta(hours=2))
    assert api_key.find(text, now=now + timedelta(days=365)) == fresh


def test_rotation_never_prolongs_a_key() -> None:
    now = timezone.now()
    key, _text = api_key.create(partner=make_partner(), name="till", scopes=[Scope.ORDERS_WRITE], expires_at=now + timedelta(hours=1))
    fresh, _text = api_key.rotate(key, overlap=timedelta(days=7), now=now)
    key.refresh_from_db()
    assert key.expiry_date == fresh.expiry_date == now + timedelta(hours=1)


def test_use_is_noted_to_the_minute() -> None:
    till = make_till()
    now = timezone.now()
    key = api_key.find(till.key, now=now)
    api_key.note_use(key, now=now)
    api_key.note_use(key, now=now + timedelta(seconds=59))
    assert ApiKey.objects.get().last_used_at == now
    api_key.note_use(key, now=now + timedelta(seconds=60))
    assert ApiKey.objects.get().last_used_at == now + timedelta(seconds=60)
    till.get("partners/")
    assert ApiKey.objects.get().last_used_at >= now


@pytest.mark.parametrize("scopes", [[], ["everything"], ["orders:write", "x"]])
def test_scopes_are_the_known_ones(scopes: list[str]) -> None:
    with pytest.raises(DomainError, match="Scopes are one or more of"):
        api_key.create(partner=make_partner(), name="till", scopes=scopes)


def test_the_command_prints_a_working_key() -> None:
    partner = make_partner()
    out = StringIO()
    call_command("api_key", "bakery", "--scopes", "catalogue:read", "--days", "30", stdout=out)
    assert _code(Till(partner, out.getvalue().strip()))[0] == 200
    key = ApiKey.objects.get()
    assert key.scopes == ["catalogue:read"]
    assert key.expiry_date is not None
    for arguments in (["nobody"], ["bakery", "--scopes", "x"], ["bakery", "--days", "0"]):
        with pytest.raises(CommandError):
            call_command("api_key", *arguments)
