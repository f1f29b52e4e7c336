"""What a running ``make run`` tells settings: its addresses and secrets, as far as it runs."""

import fcntl
import json
from pathlib import Path
from typing import Any

SECRETS = ("SECRET_KEY", "REGULARS_MASTER_KEYS")
LOCK = "run.lock"


def environment(home: Path) -> dict[str, str]:
    """Variables from the state folder; the addresses only while the run that wrote them lives."""
    known = _read(home / "secrets.json")
    words = {name: str(known[name]) for name in SECRETS if name in known}
    if _runs(home):
        running = _read(home / "services.json")
        words.update({name: str(value) for name, value in running.get("environment", {}).items()})
    return words


def _runs(home: Path) -> bool:
    """A run holds a lock as long as it lives, however it ends; its number may be given away again."""
    try:
        with (home / LOCK).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found
