"""A name server that tests of sending domains may fill."""

from functools import cache
from itertools import cycle

import pytest

from regulars.integrations.email import domains
from regulars.integrations.email.letters import signing
from tests.fakes.name_servers import NameServer


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
