"""``python -m tests.template``: write regulars/tenants/template.sql anew, on services of its own."""

import os
import subprocess
import sys

from tests.cluster import BIN, cluster

if __name__ == "__main__":
    running = cluster()
    try:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "regulars.settings.test",
            "TEST_DATABASE_URL": running.url("regulars_owner"),
            "REGULARS_LOGIN": "owner",
        }
        command = [sys.executable, "manage.py", "make_template", "--pg-dump", str(BIN / "pg_dump")]
        sys.exit(subprocess.run(command, env=environment).returncode)
    finally:
        running.stop()
