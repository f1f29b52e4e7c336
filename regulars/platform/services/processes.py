"""Which process is which: a number alone does not tell, the system gives it away again. Knows no Django."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

AFTER_NAME = 2  # /proc/<pid>/stat: fields behind the name, counted from 3 in proc(5)
STATE, START_TIME = 3 - AFTER_NAME - 1, 22 - AFTER_NAME - 1
DEAD_STATES = {"Z", "X"}
POLL_SECONDS = 0.05


def started(pid: int) -> str:
    """When a process was started: with its number this names it for good. Empty when it does not live."""
    if sys.platform != "linux":
        return _asked("lstart", pid)
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if words[STATE] in DEAD_STATES else words[START_TIME]


def command_line(pid: int) -> str:
    """How a process was called, or an empty text."""
    if sys.platform != "linux":
        return _asked("command", pid)
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def end(pid: int, *, since: str, patience_seconds: float) -> None:
    """End the process that was started ``since``, and what its group still holds; no other of that number.

    It may already have been asked (a parent's death does that on Linux), so it gets its time first.
    """
    deadline = time.monotonic() + patience_seconds
    if since and started(pid) == since:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    while since and started(pid) == since:
        if time.monotonic() > deadline:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            return
        time.sleep(POLL_SECONDS)


def _asked(what: str, pid: int) -> str:
    command = ["ps", "-o", f"{what}=", "-p", str(pid)]
    done = subprocess.run(command, capture_output=True, text=True, env={"PATH": os.defpath, "LC_ALL": "C"})
    return done.stdout.strip()
