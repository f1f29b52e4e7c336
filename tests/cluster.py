"""A PostgreSQL and a Valkey of the tests' own: in a temporary folder, gone with the run however it ends."""

import fcntl
import hashlib
import os
import shutil
import signal
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import redis

from regulars.platform.services import logins, places, postgres, valkey
from regulars.platform.services.supervisor import Child, Supervisor

ROOT = Path(__file__).resolve().parents[1]
BIN = places.binaries()  # pg_dump and psql may be run from here as whoever we are
CACHE = Path(os.environ.get("REGULARS_HOME", ROOT / ".regulars")).resolve() / "test-cluster"
FOLDERS = Path("/var/tmp")
PREFIX = "regulars-test-"
PASSWORD = "tests-only"
START_SECONDS = 20
QUICK = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "2GB",
}
DURABLE = {**QUICK, "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


@dataclass
class Cluster:
    """Running services. ``url(login, database)`` is a DSN; ``stop()`` ends and removes everything."""

    home: Path
    port: int
    redis_url: str
    supervisor: Supervisor
    lock: TextIO  # held as long as the folder is wanted

    def url(self, login, database="regulars"):
        return f"postgresql://{login}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def stop(self):
        self.supervisor.end()
        self.lock.close()
        shutil.rmtree(self.home, ignore_errors=True)


def cluster(*, durable=False, **more):
    """Start both on free loopback ports and make the logins. ``durable``: fsync as in production.

    ``more`` are PostgreSQL's own settings. Several runs at once are kept apart; both services end with
    the process that calls this.
    """
    _remove_leftovers()
    home = Path(tempfile.mkdtemp(prefix=PREFIX, dir=FOLDERS))
    home.chmod(0o711)  # PostgreSQL's user must be able to pass through
    lock = _locked(home / "lock-to-be")
    (home / "lock-to-be").rename(home / "lock")  # seen by others only when it is held
    _copy_data(home)
    database = postgres.prepared(home, password=PASSWORD, options={**(DURABLE if durable else QUICK), **more})
    supervisor = Supervisor(print)
    server = Child(
        name="postgres",
        command=database.command,
        environment=database.environment,
        cwd=database.folder,
        log=home / "log" / "postgres.log",
        who=database.who,
        ending=signal.SIGQUIT,  # at once: nobody wants these data again
    )
    supervisor.start(server)
    redis_url = _start_valkey(supervisor, home)
    postgres.wait_until_ready(database.dsn, is_alive=lambda: server.is_alive, log=server.log)
    port = int(database.dsn.rpartition(":")[2].partition("/")[0])
    logins.prepare(
        admin_dsn=database.dsn, database="regulars", owner_password=PASSWORD, app_password=PASSWORD
    )
    return Cluster(home=home, port=port, redis_url=redis_url, supervisor=supervisor, lock=lock)


def free_port():
    return valkey.free_port()


def _start_valkey(supervisor, home):
    port = free_port()
    command = valkey.command(port=port, password=PASSWORD, folder=home)
    log = home / "log" / "valkey.log"
    supervisor.start(Child(name="valkey", command=command, environment={}, cwd=home, log=log))
    url = valkey.url(port=port, password=PASSWORD)
    deadline = time.monotonic() + START_SECONDS
    with redis.Redis.from_url(url) as client:
        while time.monotonic() < deadline:
            try:
                client.ping()
            except redis.ConnectionError:
                time.sleep(0.02)
            else:
                return url
    raise AssertionError(f"Valkey did not start: {log.read_text()}")


def _copy_data(home):
    """initdb takes seconds: it is done once a version of PostgreSQL, and copied."""
    seen = f"{BIN} {(BIN / 'postgres').stat().st_mtime_ns} {os.geteuid()}".encode()
    kept = CACHE / hashlib.sha256(seen).hexdigest()[:12]
    kept.mkdir(parents=True, exist_ok=True)
    with _locked(kept / "lock", waits=True):
        made = postgres.prepared(kept, password=PASSWORD).folder / "data"
        target = places.data_home(home) / "data"
        shutil.copytree(made, target)
    for folder, _, _ in os.walk(target):
        places.give(Path(folder))


def _locked(path, *, waits=False):
    file = path.open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
    except OSError:
        file.close()
        raise
    return file


def _remove_leftovers():
    """Folders of runs that were killed: nobody holds their lock. Without one they are not ours."""
    for lock in FOLDERS.glob(f"{PREFIX}*/lock"):
        try:
            with _locked(lock):
                shutil.rmtree(lock.parent, ignore_errors=True)
        except OSError:
            continue
