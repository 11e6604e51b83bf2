import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("loyalty", "0002_demo_load_and_support_limit"),
        ("partners", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="StoredAnswer",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("fingerprint", models.CharField(max_length=64, verbose_name="fingerprint")),
                ("status", models.PositiveSmallIntegerField(default=0, verbose_name="status")),
                ("body", models.TextField(blank=True, verbose_name="answer")),
                ("created_at", models.DateTimeField(db_index=True, verbose_name="answered")),
                (
                    "partner",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="partners.partner", verbose_name="partner"
                    ),
                ),
            ],
            options={"verbose_name": "stored answer", "verbose_name_plural": "stored answers"},
        ),
    ]
