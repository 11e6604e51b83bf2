from typing import Any

from django.core.management import call_command
from django.db import migrations, models


def make_cache_table(apps: Any, schema_editor: Any) -> None:
    """The table of the database cache, which serves where Redis is absent. Does nothing if it is there."""
    call_command("createcachetable", "zheton_cache", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="signup_pending",
            field=models.BooleanField(default=False, editable=False, verbose_name="sign-up not finished"),
        ),
        migrations.CreateModel(
            name="RateLimit",
            fields=[
                ("bucket", models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name="bucket")),
                ("hits", models.PositiveIntegerField(default=0, verbose_name="hits")),
                ("expires_at", models.DateTimeField(db_index=True, verbose_name="starts afresh")),
            ],
            options={
                "verbose_name": "rate limit",
                "verbose_name_plural": "rate limits",
            },
        ),
        # Undone by leaving the table where it is: it holds nothing that must not be lost.
        migrations.RunPython(make_cache_table, migrations.RunPython.noop),
    ]
