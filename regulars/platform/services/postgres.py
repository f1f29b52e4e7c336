"""An embedded PostgreSQL of one's own: prepared, started as a child, stopped with it. Knows no Django."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from regulars.platform.services import places, processes
from regulars.platform.services.home import CannotRun

START_SECONDS = 60  # after a crash it recovers first
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


def prepared(home: Path, *, password: str, options: "dict[str, str] | None" = None) -> Prepared:
    """Make the data folder when there is none, and say how to start it on a free loopback port.

    ``options`` are PostgreSQL's own settings. Raises CannotRun with what PostgreSQL complained of.
    """
    bin_folder, folder = places.enterable_binaries(), places.data_home(home)
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "HOME": str(folder)}
    if not (folder / "data" / "PG_VERSION").exists():
        _initdb(bin_folder, folder, password=password, environment=environment)
    _check_version(bin_folder, folder)
    _end_leftover(bin_folder, folder, environment=environment)
    port = _port(folder)
    words = {**OPTIONS, **(options or {}), "port": str(port)}
    command = [str(bin_folder / "postgres"), "-D", str(folder / "data")]
    for name, value in words.items():
        command += ["-c", f"{name}={value}"]
    dsn = f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
    return Prepared(command=command, who=places.user(), environment=environment, folder=folder, dsn=dsn)


def wait_until_ready(dsn: str, *, is_alive: "Callable[[], bool]", log: Path) -> None:
    """Raises CannotRun when the server does not answer in time, or has ended; with the end of its log."""
    deadline, reason = time.monotonic() + START_SECONDS, ""
    while time.monotonic() < deadline:
        try:
            psycopg.connect(dsn, connect_timeout=5).close()
        except psycopg.OperationalError as problem:
            reason = str(problem).strip().splitlines()[-1]
            if "password authentication failed" in reason:
                break
            if not is_alive():
                reason = _last_complaint(log) or reason
                break
            time.sleep(0.05)
        else:
            return
    raise CannotRun(f"PostgreSQL did not start: {reason} ({log} says more).")


def _initdb(bin_folder: Path, folder: Path, *, password: str, environment: dict[str, str]) -> None:
    data, words = folder / "data", folder / "password"
    shutil.rmtree(data, ignore_errors=True)  # an initdb that was killed half-way
    words.unlink(missing_ok=True)
    with os.fdopen(os.open(words, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(password)
    places.give(folder)
    command = [str(bin_folder / "initdb"), "-D", str(data), "-U", "postgres", "-E", "UTF8"]
    command += ["--no-instructions", "--locale=C.UTF-8", "--auth=scram-sha-256", f"--pwfile={words}"]
    done = _ran(command, folder=folder, environment=environment)
    words.unlink()
    if done.returncode:
        shutil.rmtree(data, ignore_errors=True)
        complaints = [line for line in done.stderr.splitlines() if "error:" in line or "FATAL" in line]
        reason = (complaints or done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise CannotRun(f"PostgreSQL could not make its data folder {folder}: {reason}")


def _check_version(bin_folder: Path, folder: Path) -> None:
    """Programs of another major version refuse the data, in words that help nobody."""
    kept = (folder / "data" / "PG_VERSION").read_text().strip()
    environment = {"LC_ALL": "C"}
    said = _ran([str(bin_folder / "postgres"), "--version"], folder=folder, environment=environment).stdout
    have = said.strip().rpartition(" ")[2].split(".")[0]
    if have and kept != have:
        raise CannotRun(
            f"The data in {folder} are of PostgreSQL {kept}, the programs in {bin_folder} of {have}: "
            "set PG_BIN to the old ones, or begin anew: make clean run"
        )


def _end_leftover(bin_folder: Path, folder: Path, *, environment: dict[str, str]) -> None:
    """A server of a killed run that still holds the folder ends; the number of another process is forgotten.

    pg_ctl would signal whoever has the number now, and postgres would refuse to start because of him.
    """
    note = folder / "data" / "postmaster.pid"
    try:
        pid = int(note.read_text().splitlines()[0])
    except (FileNotFoundError, IndexError, ValueError):
        note.unlink(missing_ok=True)
        return
    if str(folder / "data") not in processes.command_line(pid):
        note.unlink(missing_ok=True)
        return
    command = [str(bin_folder / "pg_ctl"), "-D", str(folder / "data"), "-m", "fast", "-w", "stop"]
    _ran(command, folder=folder, environment=environment)


def _ran(
    command: list[str], *, folder: Path, environment: dict[str, str]
) -> "subprocess.CompletedProcess[str]":
    done: subprocess.CompletedProcess[str] = subprocess.run(  # type: ignore[call-overload]
        command, env=environment, cwd=folder, capture_output=True, text=True, **places.user()
    )
    return done


def _port(folder: Path) -> int:
    """The port of last time when it is free, else another."""
    kept, last = folder / "port", 0
    with suppress(OSError, ValueError):
        last = int(kept.read_text())
    for port in (last, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except (OSError, OverflowError):
                continue
            found = int(probe.getsockname()[1])
            kept.write_text(str(found))
            return found
    raise CannotRun("No free port on 127.0.0.1.")


def _last_complaint(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    return next((line for line in reversed(lines) if "FATAL" in line or "PANIC" in line), "")
