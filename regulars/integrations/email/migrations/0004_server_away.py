"""A mail server that is away is tried again after a pause that grows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("email", "0003_one_index_less")]

    operations = [
        migrations.AddField("campaign", "server_away_until", models.DateTimeField(null=True)),
        migrations.AddField(
            "campaign", "server_away_times", models.PositiveSmallIntegerField(default=0)
        ),
    ]
