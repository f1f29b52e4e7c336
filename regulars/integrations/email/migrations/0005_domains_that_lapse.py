"""Verified domains are looked at again, and lapse when their key is gone for good."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("email", "0004_server_away")]

    operations = [
        migrations.AddField("sendingdomain", "missed_at", models.DateTimeField(null=True)),
        migrations.AddField("sendingdomain", "lapsed_at", models.DateTimeField(null=True)),
    ]
