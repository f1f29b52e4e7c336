"""Asking as the intruder does, in a transaction that is undone, and what is seen of an answer."""

from django.db import transaction
from django.test import Client

from regulars.platform import tenancy
from tests.isolation import planting
from tests.web.conftest import signed_in


def tricks(side):
    """Headers that a proxy, a framework or a careless program might take the tenant from."""
    return {
        "x-forwarded-host": side.host,
        "x-forwarded-server": side.host,
        "x-original-host": side.host,
        "x-host": side.host,
        "forwarded": f"host={side.host}",
        "x-original-url": f"http://{side.host}/",
        "x-tenant": side.schema,
        "x-tenant-id": str(side.tenant.pk),
        "x-regulars-tenant": side.schema,
        "tenant": side.tenant.slug,
    }


class Caller:
    """Somebody signed in to one side. ``about``: whose tenant the headers try to slip in."""

    def __init__(self, side, *, about=None, host=None):
        self._cookie = signed_in(side.person, side.tenant).cookies["session"].value
        self._headers = {"host": host or side.host, **(tricks(about) if about else {})}

    def get(self, path, query=None):
        return self.ask("get", path, query or {})

    def post(self, path, body=None):
        return self.ask("post", path, body or {})

    def ask(self, method, path, given, **more):
        """A new browser each time, with the session of the beginning."""
        client = Client(headers={**self._headers, "cookie": f"session={self._cookie}"})
        return getattr(client, method)(path, given, **more)


class Stranger(Caller):
    """Nobody, on a host of one's choice."""

    def __init__(self, *, host, about=None):
        self._cookie = "none"
        self._headers = {"host": host, **(tricks(about) if about else {})}


def undone(work, *, world=None):
    """What ``work`` answers; what it wrote is undone. With ``world``: nothing of the victim's was changed."""
    with transaction.atomic():
        answer = work()
        if world is not None:
            assert planting.fingerprint(world.victim.schema) == world.before
        with tenancy.shared():
            transaction.set_rollback(True)
    return answer


def seen(answer):
    """Everything of an answer that a reader sees: body, headers, cookies."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return " ".join([body.decode(errors="replace"), str(answer.headers), answer.cookies.output()])
