"""Fixtures of the outgoing client's tests: watched sockets, names that lie, servers that misbehave."""

import socket

import pytest

from regulars.platform import addresses, http
from tests.fakes.sockets import Speaker


@pytest.fixture
def connected(monkeypatch):
    """Where sockets would have been opened; none is."""
    tried = []

    def refuse(address, *_, **__):
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refuse)
    return tried


@pytest.fixture
def names(monkeypatch):
    """A resolver that gives the listed answers, one list a question; the last one for ever."""
    asked = []
    real = socket.getaddrinfo

    def serve(*answers):
        def resolve(host, port, *rest, **options):
            if addresses.is_public(host) or host == "127.0.0.1":
                return real(host, port, *rest, **options)  # already a number
            found = answers[min(len(asked), len(answers) - 1)]
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        return asked

    return serve


@pytest.fixture
def at_once(monkeypatch):
    pauses = []
    monkeypatch.setattr(http.time, "sleep", pauses.append)
    return pauses


@pytest.fixture
def speaker(settings):
    """Start a misbehaving server that may be called, unlike every other private address."""
    started = []

    def start(answer, **options):
        server = Speaker(answer, **options).__enter__()
        started.append(server)
        settings.HTTP_ALLOWED_PRIVATE = [*settings.HTTP_ALLOWED_PRIVATE, server.address]
        return server

    yield start
    for server in started:
        server.__exit__()
