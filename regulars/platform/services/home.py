"""The state folder of one's own machine: secrets, what is running, one run at a time. Knows no Django."""

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

SECRETS = "secrets.json"
SERVICES = "services.json"
LOCK = "run.lock"
PRIVATE = 0o600
MASTER_KEY_BYTES = 32


class CannotRun(Exception):
    """Something of this machine is in the way. The message is one line that says what to do."""


def kept_secrets(home: Path) -> dict[str, str]:
    """The secrets of this installation, made at the first call."""
    known = _read(home / SECRETS)
    wanted: dict[str, Callable[[], str]] = {
        "SECRET_KEY": lambda: secrets.token_urlsafe(48),
        "REGULARS_MASTER_KEYS": lambda: base64.b64encode(os.urandom(MASTER_KEY_BYTES)).decode(),
        "admin_password": lambda: secrets.token_urlsafe(24),
        "owner_password": lambda: secrets.token_urlsafe(24),
        "app_password": lambda: secrets.token_urlsafe(24),
        "redis_password": lambda: secrets.token_urlsafe(24),
    }
    missing = {name: make() for name, make in wanted.items() if name not in known}
    if missing:
        known |= missing
        _write(home / SECRETS, known)
    return {name: str(word) for name, word in known.items()}


def announce(home: Path, *, environment: dict[str, str], pids: dict[str, int]) -> None:
    """Let operators' commands find this run: ``settings.running`` reads it."""
    port = int(environment["PORT"])
    told = {"pid": os.getpid(), "port": port, "environment": environment, "pids": pids}
    _write(home / SERVICES, told)


def withdraw(home: Path) -> None:
    (home / SERVICES).unlink(missing_ok=True)


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """One run a state folder. Raises CannotRun when another holds it."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotRun(
                f"Regulars already runs from {home}: stop it with Ctrl-C there, or name another folder: "
                "REGULARS_HOME=… make run"
            ) from None
        yield


def _read(path: Path) -> "dict[str, object]":
    try:
        found: dict[str, object] = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found


def _write(path: Path, words: "dict[str, object]") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    passing = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "w") as file:
        json.dump(words, file, indent=2)
    passing.replace(path)
