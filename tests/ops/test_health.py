"""The probes: /healthz asks nothing, /readyz names the part that is missing."""

from unittest import mock

import pytest
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from loyalty.domain import ledger
from loyalty.web import health


def test_healthz_answers_without_a_database(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_readyz_says_that_every_part_is_ok(client: Client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"ready": True, "database": "ok", "migrations": "ok", "append_only_triggers": "ok", "cache": "ok"}
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_readyz_reports_missing_triggers(client: Client) -> None:
    ledger.remove_triggers()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "missing: run `python manage.py migrate`" in response.json()["append_only_triggers"]


@pytest.mark.django_db
def test_readyz_reports_a_migration_that_was_not_applied(client: Client) -> None:
    [(app, newest)] = MigrationLoader(connection).graph.leaf_nodes("loyalty")
    MigrationRecorder(connection).record_unapplied(app, newest)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "not applied" in response.json()["migrations"]


@pytest.mark.django_db
def test_readyz_reports_an_unreachable_database_without_its_error_text(client: Client) -> None:
    with mock.patch.object(health, "_database", side_effect=OperationalError("password=secret host=10.0.0.1")):
        response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["database"] == "unreachable"
    assert b"secret" not in response.content


@pytest.mark.django_db
def test_readyz_reports_a_cache_that_keeps_nothing(client: Client) -> None:
    with mock.patch.object(health.cache, "get", return_value=None):
        response = client.get("/readyz")
    assert (response.status_code, response.json()["cache"]) == (503, "doesn't keep values")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_are_read_only(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
