import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("loyalty", "0004_event_consumers"),
    ]

    operations = [
        migrations.CreateModel(
            name="SpendSettings",
            fields=[
                (
                    "member",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="spend_settings",
                        serialize=False,
                        to="accounts.member",
                        verbose_name="member",
                    ),
                ),
                (
                    "lock",
                    models.CharField(
                        choices=[("phone", "only with my phone"), ("open", "by card number too"), ("closed", "nothing is spent")],
                        default="phone",
                        max_length=8,
                        verbose_name="lock",
                    ),
                ),
                ("open_until", models.DateTimeField(blank=True, null=True, verbose_name="open until")),
                ("daily_cap", models.PositiveIntegerField(blank=True, null=True, verbose_name="at most a day, points")),
                ("confirm_above", models.PositiveIntegerField(blank=True, null=True, verbose_name="ask me above, points")),
                ("updated_at", models.DateTimeField(verbose_name="changed")),
            ],
            options={
                "verbose_name": "spending settings",
                "verbose_name_plural": "spending settings",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("daily_cap__isnull", True), ("daily_cap__gte", 1), _connector="OR"), name="spend_daily_cap_at_least_1"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("open_until__isnull", True), ("lock", "open"), _connector="OR"), name="spend_open_until_only_when_open"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="UsedSpendToken",
            fields=[
                ("token_id", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="code")),
                (
                    "member",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.member", verbose_name="member"),
                ),
                ("used_at", models.DateTimeField(db_index=True, verbose_name="used")),
            ],
            options={
                "verbose_name": "used code",
                "verbose_name_plural": "used codes",
            },
        ),
        migrations.AddField(
            model_name="programme",
            name="spend_daily_cap",
            field=models.PositiveIntegerField(
                default=10000, help_text="For members who haven't chosen a limit of their own.", verbose_name="spent at tills a day, points"
            ),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(condition=models.Q(("kind", "redemption")), fields=["member", "created_at"], name="entry_redeemed"),
        ),
    ]
