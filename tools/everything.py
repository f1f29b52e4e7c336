"""The processes and commands of one run of everything on one machine."""

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from regulars.platform.services import dns, logins, mail, postgres, valkey
from regulars.platform.services import home as state
from regulars.platform.services.home import CannotRun
from regulars.platform.services.supervisor import Child, Supervisor, end_with_parent, kill_group

ROOT = Path(__file__).resolve().parents[1]
DATABASE = "regulars"
READY_SECONDS = 120
THREADS = "4"
HTTP_OK = 200
SCHEMAS_COME_FROM = ("regulars/**/migrations/*.py", "regulars/tenants/template.sql")


class Run:
    """One run: the state folder, the environment of every process, and the supervisor."""

    def __init__(self, home: Path, port: int) -> None:
        self.home, self.port = home, port
        self.secrets = state.kept_secrets(home)
        self.supervisor = Supervisor(say)
        self.note: Path | None = None  # lies with the data: how the last run was ready
        self.environment = {
            **os.environ,
            "REGULARS_HOME": str(home),
            "PORT": str(port),
            "PYTHONUNBUFFERED": "1",
            "SECRET_KEY": os.environ.get("SECRET_KEY", self.secrets["SECRET_KEY"]),
            "REGULARS_MASTER_KEYS": os.environ.get(
                "REGULARS_MASTER_KEYS", self.secrets["REGULARS_MASTER_KEYS"]
            ),
        }
        self.environment.setdefault("DJANGO_SETTINGS_MODULE", "regulars.settings.dev")

    def start_services(self) -> None:
        if "REDIS_URL" not in os.environ:
            port, password = valkey.free_port(), self.secrets["redis_password"]
            self.child(
                "valkey", valkey.command(port=port, password=password, folder=self.home), is_service=True
            )
            self.environment["REDIS_URL"] = valkey.url(port=port, password=password)
        if "EMAIL_URL" not in os.environ:
            port = valkey.free_port()
            self.child(
                "mail",
                [sys.executable, "-m", mail.__name__, str(port), str(self.home / "mail")],
                is_service=True,
            )
            self.environment["EMAIL_URL"] = f"smtp://127.0.0.1:{port}"
            self.environment["MAIL_CATCHER_FOLDER"] = str(self.home / "mail")
        if "DNS_RESOLVER" not in os.environ:
            port, folder = valkey.free_port(), self.home / "dns"
            state.private_folder(folder)
            self.child("dns", [sys.executable, "-m", dns.__name__, str(port), str(folder)], is_service=True)
            self.environment["DNS_FOLDER"] = str(folder)
            self.environment["DNS_RESOLVER"] = f"127.0.0.1:{port}"
        if "DATABASE_URL" in os.environ:
            self._use_own_database(os.environ["DATABASE_URL"])
            return
        database = postgres.prepared(self.home, password=self.secrets["admin_password"])
        self.note = database.folder / "was-ready-for"
        child = Child(
            name="postgres",
            command=database.command,
            environment=database.environment,
            cwd=database.folder,
            log=self.log("postgres"),
            who=database.who,
            ending=signal.SIGINT,  # PostgreSQL's fast shutdown
            is_service=True,
        )
        self.supervisor.start(child)
        postgres.wait_until_ready(database.dsn, is_alive=lambda: child.is_alive, log=child.log)
        self._prepare_logins(database.dsn)

    def _use_own_database(self, url: str) -> None:
        """Somebody's own server: as it is when both logins are given, else its administrator makes ours."""
        if "DATABASE_OWNER_URL" not in os.environ:
            self._prepare_logins(url)

    def _prepare_logins(self, admin_dsn: str) -> None:
        owner, app = self.secrets["owner_password"], self.secrets["app_password"]
        try:
            self.environment |= logins.prepared_addresses(
                admin_dsn=admin_dsn, database=DATABASE, owner_password=owner, app_password=app
            )
        except logins.Refused as problem:
            raise CannotRun(
                f"The database does not let us in: {problem}. Check DATABASE_URL: it names an administrator, "
                "or the login regulars_app, with DATABASE_OWNER_URL beside it."
            ) from None

    def seed_demo(self) -> dict[str, Any]:
        """The demo shops and their sign-ins; none with REGULARS_DEMO=no."""
        if not _is_demo_wanted():
            return {"tenants": []}
        return self.manage("seed_demo", shown=True, REGULARS_LOGIN="owner")

    def kept_demo(self) -> dict[str, Any] | None:
        """What a run that was ready with these schemas on these data said of its demo shops, for once.

        The note goes: if this start fails, the next one looks at everything again.
        """
        if self.note is None or not self.note.exists():
            return None
        with suppress(ValueError, KeyError, TypeError):
            kept = json.loads(self.note.read_text())
            self.note.unlink()
            if kept["schemas"] == _schemas() and kept["wanted"] == _is_demo_wanted():
                demo: dict[str, Any] = kept["demo"]
                return demo
        return None

    def keep_demo(self, demo: dict[str, Any]) -> None:
        words = {"schemas": _schemas(), "wanted": _is_demo_wanted(), "demo": demo}
        if self.note is not None:
            state.write_private(self.note, json.dumps(words))

    def start_processes(self) -> None:
        celery = [sys.executable, "-m", "celery", "-A", "regulars"]
        worker = [*celery, "worker", "--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
        web = [
            sys.executable,
            "-m",
            "gunicorn",
            "regulars.wsgi:application",
            "--bind",
            f"127.0.0.1:{self.port}",
        ]
        web += ["--worker-class", "gthread", "--workers", "2", "--threads", THREADS, "--keep-alive", "15"]
        queues = "default,webhooks,mail,insight"
        schedule = ["--schedule", str(self.home / "beat"), "--loglevel", "WARNING", "--pidfile="]
        self.child("web", [*web, "--log-level", "warning", "--preload"])
        self.child("worker", [*worker, "-P", "threads", "-c", THREADS, "-Q", queues, "-n", "work@%h"])
        self.child(
            "owner", [*worker, "-P", "solo", "-Q", "provision", "-n", "owner@%h"], REGULARS_LOGIN="owner"
        )
        self.child("scheduler", [*celery, "beat", *schedule])

    def child(self, name: str, command: list[str], *, is_service: bool = False, **more: str) -> Child:
        return self.supervisor.start(
            Child(
                name=name,
                command=command,
                environment={**self.environment, **more},
                cwd=ROOT,
                log=self.log(name),
                is_service=is_service,
            )
        )

    def log(self, name: str) -> Path:
        return self.home / "log" / f"{name}.log"

    def manage(self, *words: str, shown: bool = False, **more: str) -> dict[str, Any]:
        """A manage.py command; its JSON answer. Raises CannotRun with its last line.

        It ends with us: a command that works on when nobody waits for it is one too many.
        """
        lines = []
        log = self.log(words[0])
        state.private_folder(log.parent)
        with log.open("w") as complaints:
            command = subprocess.Popen(
                [sys.executable, "manage.py", *words, "--json"],
                cwd=ROOT,
                env={**self.environment, **more},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaints,
                start_new_session=True,
                preexec_fn=end_with_parent(signal.SIGTERM),
                text=True,
            )
        try:
            for line in command.stdout or []:
                lines.append(line.rstrip())
                if shown and not line.startswith("{"):
                    say(f"      {line.rstrip()}")
            failed = command.wait()
        finally:
            if command.poll() is None:
                kill_group(command.pid)
                command.wait()
        if failed:
            said = log.read_text(errors="replace").strip().splitlines()
            raise CannotRun(f"{words[0]} failed: {(said or lines or ['no reason given'])[-1]} ({log})")
        answer: dict[str, Any] = json.loads(lines[-1])
        return answer

    def announce(self) -> None:
        names = (
            "DATABASE_URL",
            "DATABASE_OWNER_URL",
            "REDIS_URL",
            "EMAIL_URL",
            "MAIL_CATCHER_FOLDER",
            "DNS_FOLDER",
            "DNS_RESOLVER",
            "PORT",
        )
        words = {name: self.environment[name] for name in names if name in self.environment}
        state.announce(self.home, environment=words, pids=self.supervisor.pids())

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        web = next(child for child in self.supervisor.children if child.name == "web")
        while time.monotonic() < deadline and not self.supervisor.is_asked_to_end:
            if not web.is_alive:
                break
            with suppress(OSError):
                if self.answer("/readyz", host="localhost") == HTTP_OK:
                    return
            time.sleep(0.2)
        if not self.supervisor.is_asked_to_end:
            raise CannotRun(f"The web process did not become ready, {web.log} says why:\n{web.last_words()}")

    def answer(self, path: str, *, host: str) -> int:
        """The status of a page of our own; 0 when the answer is none. Raises OSError."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as door:
            door.sendall(f"GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
            words = door.recv(200).split(b" ", 2)
        return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0


def say(line: str) -> None:
    """For the person at the terminal, who may have closed it."""
    if line:
        with suppress(OSError):
            print(line, flush=True)


def _is_demo_wanted() -> bool:
    return os.environ.get("REGULARS_DEMO") != "no"


def _schemas() -> str:
    """A fingerprint of what makes the schemas."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in SCHEMAS_COME_FROM for path in ROOT.glob(pattern)):
        digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()
