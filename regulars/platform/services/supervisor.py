"""Child processes of one run: started, watched, restarted when they crash, ended with it. Knows no Django."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from regulars.platform.services.home import private_folder

PATIENCE_SECONDS = {"postgres": 20.0}
USUAL_PATIENCE_SECONDS = 10.0
FIRST_BACKOFF_SECONDS = 1.0
MAX_BACKOFF_SECONDS = 30.0
SETTLED_SECONDS = 30.0  # a child that lived so long starts with the first back-off again
PR_SET_PDEATHSIG = 1
LAST_LINES = 5
MAX_LOG_BYTES = 10 * 1024 * 1024  # a longer one is put aside at the next start of its process


@dataclass
class Child:
    """One process. ``ending`` is the signal that asks it to end in good order."""

    name: str
    command: list[str]
    environment: dict[str, str]
    cwd: Path
    log: Path
    who: dict[str, object] = field(default_factory=dict)
    ending: signal.Signals = signal.SIGTERM
    is_service: bool = False  # the others work with it, so it ends after them
    running: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    backoff_seconds: float = FIRST_BACKOFF_SECONDS
    due_at: float = 0.0
    is_asked: bool = False

    def start(self) -> None:
        private_folder(self.log.parent)
        if self.log.exists() and self.log.stat().st_size > MAX_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(  # type: ignore[call-overload]
                self.command,
                env=self.environment,
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which ends us in order
                preexec_fn=end_with_parent(self.ending),
                **self.who,
            )
        self.started_at = time.monotonic()

    @property
    def is_alive(self) -> bool:
        return self.running is not None and self.running.poll() is None

    def ask_to_end(self) -> None:
        if self.running is not None and self.is_alive and not self.is_asked:
            self.is_asked = True
            self.running.send_signal(self.ending)

    def end(self) -> None:
        """Ask, wait, then force; what its group still holds goes with it."""
        if self.running is None:
            return
        if self.is_alive:
            self.ask_to_end()
            with suppress(subprocess.TimeoutExpired):
                self.running.wait(PATIENCE_SECONDS.get(self.name, USUAL_PATIENCE_SECONDS))
        self.forget()

    def forget(self) -> None:
        """Right after its end: later its number may be another process's."""
        if self.running is not None:
            kill_group(self.running.pid)
            self.running.wait()
            self.running = None

    def last_words(self) -> str:
        try:
            lines = self.log.read_text(errors="replace").splitlines()[-LAST_LINES:]
        except OSError:
            return ""
        return "\n".join(f"    {line}" for line in lines)


class Supervisor:
    """Children in the order they were started: the processes end first, together, then the services."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.children: list[Child] = []
        self.say = say
        self.is_asked_to_end = False

    def start(self, child: Child) -> Child:
        self.children.append(child)
        child.start()
        return child

    def pids(self) -> dict[str, int]:
        return {child.name: child.running.pid for child in self.children if child.running}

    def watch(self, *, on_restart: Callable[[], None]) -> None:
        """Until somebody asks to end: restart what crashed, waiting longer each time."""
        while not self.is_asked_to_end:
            time.sleep(0.2)
            now = time.monotonic()
            for child in self.children:
                if child.is_alive or self.is_asked_to_end:
                    continue
                if child.due_at == 0.0:
                    self._note_crash(child, now)
                elif now >= child.due_at:
                    child.due_at = 0.0
                    child.start()
                    on_restart()

    def end(self) -> None:
        for is_service in (False, True):
            wave = [child for child in self.children if child.is_service is is_service]
            for child in wave:
                child.ask_to_end()
            for child in wave:
                child.end()

    def _note_crash(self, child: Child, now: float) -> None:
        code = child.running.returncode if child.running else None
        child.forget()
        if now - child.started_at > SETTLED_SECONDS:
            child.backoff_seconds = FIRST_BACKOFF_SECONDS
        child.due_at = now + child.backoff_seconds
        self.say(
            f"{child.name} ended ({code}); it starts again in {child.backoff_seconds:.0f} s. {child.log}:"
        )
        self.say(child.last_words())
        child.backoff_seconds = min(child.backoff_seconds * 2, MAX_BACKOFF_SECONDS)


def end_with_parent(ending: signal.Signals) -> Callable[[], None] | None:
    """On Linux a child is told when its supervisor dies, however it dies: no orphans."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def before_exec() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(ending))
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return before_exec


def kill_group(pid: int) -> None:
    """A process that was started in a session of its own, and all it started."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
