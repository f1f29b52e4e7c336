"""``prepare_database``: the two logins and the database, made by an administrator of the server."""

from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import psycopg
from django.conf import settings

from regulars.platform import errors
from regulars.platform.operators import OperatorCommand
from regulars.platform.services import logins


class NotPrepared(errors.Refused):
    code = "database_not_prepared"


class Command(OperatorCommand):
    help = "Make or mend the logins and the database that DATABASE_URL and DATABASE_OWNER_URL name."

    def work(self, **options: Any) -> dict[str, Any]:
        if not settings.DATABASE_ADMIN_URL:
            raise NotPrepared(
                "DATABASE_ADMIN_URL must be set: the address of an administrator of the server."
            )
        app = _address("DATABASE_URL", settings.DATABASE_URLS["app"], login="regulars_app")
        owner = _address("DATABASE_OWNER_URL", settings.DATABASE_URLS["owner"], login="regulars_owner")
        database = unquote(app.path.lstrip("/"))
        if (app.path, app.hostname, app.port) != (owner.path, owner.hostname, owner.port):
            raise NotPrepared("DATABASE_URL and DATABASE_OWNER_URL must name the same database.")
        try:
            logins.prepare(
                admin_dsn=settings.DATABASE_ADMIN_URL,
                database=database,
                owner_password=unquote(owner.password or ""),
                app_password=unquote(app.password or ""),
            )
        except (psycopg.Error, logins.Refused) as problem:
            reason = (str(problem).strip().splitlines() or [type(problem).__name__])[0]
            raise NotPrepared(f"The server refused: {reason}") from None
        self.say(f"The database {database} and the logins regulars_owner and regulars_app are ready.")
        return {"database": database}


def _address(name: str, url: str, *, login: str) -> SplitResult:
    """One of the two addresses in its parts. Raises NotPrepared for another login, or no password or name."""
    parts = urlsplit(url)
    if parts.username != login or not parts.password or not parts.path.strip("/"):
        raise NotPrepared(f"{name} must be postgresql://{login}:password@host:port/database.")
    return parts
