#!/usr/bin/env python
"""Django's commands, and ours: ``python manage.py help``."""

import os
import sys

# These make or remove schemas, so they log in as the owner where its address is known.
AS_THE_OWNER = {"migrate_tenants", "restore_tenant", "delete_tenant"}

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "regulars.settings.dev")  # noqa: TID251
    if AS_THE_OWNER.intersection(sys.argv[1:2]):
        os.environ.setdefault("REGULARS_LOGIN", "owner")  # noqa: TID251
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
