"""A secret that is shown once: kept sealed in the session from the answer that made it to the next page."""

import base64

from regulars.platform import secrets
from regulars.web import htmx

PURPOSE = "shown once"
PREFIX = "once:"


def keep(request: htmx.Request, *, name: str, secret: str) -> None:
    """Keep ``secret`` for the next page that asks for ``name``."""
    sealed = secrets.seal(secret.encode(), tenant=request.tenant.schema_name, purpose=PURPOSE)
    request.session[PREFIX + name] = base64.b64encode(sealed).decode()


def taken(request: htmx.Request, *, name: str) -> str:
    """The secret, which is gone from now on; "" when there is none."""
    kept = request.session.pop(PREFIX + name, "")
    if not kept:
        return ""
    opened = secrets.unseal(base64.b64decode(kept), tenant=request.tenant.schema_name, purpose=PURPOSE)
    return opened.decode()
