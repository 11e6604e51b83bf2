from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0002_api_keys"),
    ]

    operations = [
        migrations.AddField(
            model_name="partner",
            name="spend_requires",
            field=models.CharField(
                blank=True,
                choices=[
                    ("token", "a one-time code from the member's phone"),
                    ("confirmation", "the member's consent on the phone"),
                    ("card", "the card number alone"),
                ],
                help_text="Empty: what the programme says.",
                max_length=12,
                null=True,
                verbose_name="a spend needs",
            ),
        ),
    ]
