import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import partners.models.api_key


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("id", models.CharField(editable=False, max_length=150, primary_key=True, serialize=False, unique=True)),
                ("prefix", models.CharField(editable=False, max_length=8, unique=True)),
                ("hashed_key", models.CharField(editable=False, max_length=150)),
                ("created", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("name", models.CharField(default=None, help_text="A free-form name for the API key. Need not be unique. 50 characters max.", max_length=50)),
                (
                    "revoked",
                    models.BooleanField(
                        blank=True, default=False, help_text="If the API key is revoked, clients cannot use it anymore. (This cannot be undone.)"
                    ),
                ),
                (
                    "expiry_date",
                    models.DateTimeField(blank=True, help_text="Once API key expires, clients cannot use it anymore.", null=True, verbose_name="Expires"),
                ),
                ("scopes", models.JSONField(default=list, validators=[partners.models.api_key.validate_scopes], verbose_name="scopes")),
                ("last_used_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="last used")),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="api_keys", to="partners.partner", verbose_name="partner"),
                ),
                (
                    "replaced_by",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="replaces",
                        to="partners.apikey",
                        verbose_name="replaced by",
                    ),
                ),
            ],
            options={"verbose_name": "API key", "verbose_name_plural": "API keys", "ordering": ("-created",), "abstract": False},
        ),
    ]
