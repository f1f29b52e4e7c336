"""``make run``: everything on one machine, until Ctrl-C."""

import os
import shutil
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from regulars.platform.services import home as state
from regulars.platform.services.home import CannotRun
from regulars.platform.services.supervisor import Supervisor
from tools.everything import ROOT, Run, say

LEAST_FREE_BYTES = 500 * 1024 * 1024
LAST_PORT = 65535
HTTP_NOT_FOUND = 404


def main() -> int:
    home = Path(os.environ.get("REGULARS_HOME", ROOT / ".regulars")).resolve()
    began = time.monotonic()
    try:
        port = _port(os.environ.get("PORT", "8000"))
        with state.locked(home):
            if left := state.end_leftovers(home):
                say(f"A run that was killed had left {', '.join(left)}: ended")
            _check_machine(home, port)
            run = Run(home, port)
            _on_signals(run.supervisor)
            try:
                _go(run, began)
            finally:
                if run.supervisor.is_asked_to_end:
                    say("Stopping")
                run.supervisor.end()
                state.withdraw(home)
    except CannotRun as problem:
        say(str(problem))
        return 1
    except OSError as problem:
        say(f"This machine refused: {problem}")
        return 1
    return 0


def _go(run: Run, began: float) -> None:
    say("[1/5] Services: PostgreSQL, Valkey, mail catcher")
    run.start_services()
    run.announce()  # so that a start after a kill in the midst of this one finds them
    demo = run.kept_demo()
    say("[2/5] Schemas" if demo is None else "[2/5] Schemas: as the last run left them")
    if demo is None:
        run.manage("migrate_tenants", REGULARS_LOGIN="owner")
    say("[3/5] Demo shops" if demo is None else "[3/5] Demo shops: as the last run left them")
    if demo is None:
        demo = run.seed_demo()
    say("[4/5] Web, workers, scheduler")
    run.start_processes()
    run.announce()
    say("[5/5] Waiting until it answers")
    run.wait_until_ready()
    if run.supervisor.is_asked_to_end:
        return
    run.keep_demo(demo)
    say(f"Regulars is ready after {time.monotonic() - began:.0f} s: http://localhost:{run.port}/")
    for shop in demo["tenants"]:
        _introduce(run, shop)
    say(f"  Logs and caught mail: {run.home}. Ctrl-C stops everything.")
    run.supervisor.watch(on_restart=run.announce)


def _introduce(run: Run, shop: dict[str, str]) -> None:
    """The address with the port of this run; nothing of a demo shop that was deleted since."""
    host = urlsplit(shop["url"]).hostname or ""
    with suppress(OSError):
        if run.answer("/", host=f"{host}:{run.port}") == HTTP_NOT_FOUND:
            return
    say(f"  http://{host}:{run.port}/  sign in as {shop['email']} with {shop['password']}")


def _port(word: str) -> int:
    if not word.isdecimal() or not 0 < int(word) <= LAST_PORT:
        raise CannotRun(f"PORT is a number from 1 to {LAST_PORT}, not {word!r}: make run PORT=8000")
    return int(word)


def _check_machine(home: Path, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise CannotRun(f"Port {port} is not for everybody. Choose another: make run PORT=8000") from None
        except OSError:
            raise CannotRun(f"Port {port} is in use. Choose another: make run PORT={port + 1}") from None
    free = shutil.disk_usage(home).free
    if free < LEAST_FREE_BYTES:
        raise CannotRun(
            f"Only {free // 2**20} MB are free where {home} lies; it wants {LEAST_FREE_BYTES // 2**20}. "
            "Make room, or name another folder: REGULARS_HOME=… make run"
        )


def _on_signals(supervisor: Supervisor) -> None:
    def asked(number: int, frame: object) -> None:
        if supervisor.is_asked_to_end:
            return  # already stopping, in order
        supervisor.is_asked_to_end = True
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, asked)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(0)
