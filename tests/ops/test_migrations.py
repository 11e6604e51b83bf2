"""Migrations: they can be undone, and the first makes all tables of an app at once."""

import pytest
from django.apps import apps
from django.db.migrations.loader import MigrationLoader

from loyalty.lib.migration_steps import CreateModels

OURS = ("accounts", "partners", "loyalty", "quests")


def test_every_step_can_be_undone() -> None:
    loader = MigrationLoader(None)
    ours = [migration for (app, _name), migration in loader.disk_migrations.items() if app in OURS]
    assert [f"{one.app_label}.{one.name}: {step.describe()}" for one in ours for step in one.operations if not step.reversible] == []


@pytest.mark.parametrize("app", OURS)
def test_the_first_migration_makes_all_tables_of_an_app(app: str) -> None:
    (step,) = MigrationLoader(None).disk_migrations[app, "0001_initial"].operations
    assert isinstance(step, CreateModels)
    assert {model.name for model in step.models} == {model.__name__ for model in apps.get_app_config(app).get_models()}
