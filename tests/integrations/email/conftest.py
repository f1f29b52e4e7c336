"""A name server and mail servers that tests may tell what to say; turns at the mails that are due."""

from datetime import timedelta
from functools import cache
from itertools import cycle

import pytest

from regulars.integrations.email import domains, turns
from regulars.integrations.email.letters import signing
from regulars.integrations.email.models import Recipient
from tests.factories.commerce import NOON
from tests.fakes.mail_servers import Misbehaving, real_server
from tests.fakes.name_servers import NameServer

LATER = NOON + timedelta(hours=1)


@cache
def some_keys(make=signing.new_key):
    return [make() for _ in range(2)]


@pytest.fixture(autouse=True)
def _quick_keys(monkeypatch):
    """Two keys in turn: making one takes half a second."""
    turns = cycle(some_keys())
    monkeypatch.setattr(domains.signing, "new_key", lambda: next(turns))


@pytest.fixture
def names(settings, tmp_path):
    with NameServer(tmp_path) as server:
        settings.DNS_RESOLVER = server.address
        yield server


@pytest.fixture
def proven(names):
    """A function that adds a domain and has DNS vouch for it."""

    def prove(name, *, at):
        domain = domains.add(name=name, at=at)
        names.says(entered(domain))
        return domains.check(domain.pk, at=at)

    return prove


def entered(domain, **changed):
    """What DNS says when everything was entered; ``dkim=None`` leaves one out, ``dkim=[…]`` replaces it."""
    said = {}
    for record in domains.wanted(domain):
        rows = changed.get(record.key, [record.value])
        if rows is not None:
            said[record.host] = {record.kind: rows}
    return said


def turn(at=LATER):
    return turns.Turn(clock=lambda: at).run()


def rows(campaign):
    found = Recipient.objects.filter(campaign=campaign).order_by("pk")
    return {row.email.partition("@")[0]: row for row in found}


def states(campaign):
    return [row.state for row in rows(campaign).values()]


@pytest.fixture
def server(settings):
    """A mail server that keeps what it takes."""
    with real_server() as kept:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{kept.port}"
        yield kept


@pytest.fixture
def server_that(settings):
    """``server_that({"RCPT": "550 no"})``: one that misbehaves as told."""
    started = []

    def start(script):
        started.append(Misbehaving(script).__enter__())
        settings.EMAIL_URL = f"smtp://127.0.0.1:{started[-1].port}"
        return started[-1]

    yield start
    for each in started:
        each.__exit__()
