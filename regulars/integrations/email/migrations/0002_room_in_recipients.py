"""Each row of the ledger is rewritten four times: room in its page keeps the new version beside the old."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("email", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE email_recipient SET (fillfactor = 70)",
            "ALTER TABLE email_recipient RESET (fillfactor)",
        ),
    ]
