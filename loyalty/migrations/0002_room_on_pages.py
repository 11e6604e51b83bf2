from django.db import migrations

from loyalty.lib.migration_steps import LeaveRoom


class Migration(migrations.Migration):
    dependencies = [
        ("loyalty", "0001_initial"),
    ]

    operations = [
        # A spend updates its lot in place.
        LeaveRoom("lot", percent=85),
    ]
