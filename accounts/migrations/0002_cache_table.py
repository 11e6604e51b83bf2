from typing import Any

from django.core.management import call_command
from django.db import migrations


def make_cache_table(apps: Any, schema_editor: Any) -> None:
    """The table of the database cache, which serves where Redis is absent. Does nothing if it is there."""
    call_command("createcachetable", "zheton_cache", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        # Undone by leaving the table where it is: it holds nothing that must not be lost.
        migrations.RunPython(make_cache_table, migrations.RunPython.noop),
    ]
