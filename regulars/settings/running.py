"""What a running ``make run`` tells settings: its addresses and secrets, as far as it runs."""

import json
import os
from pathlib import Path
from typing import Any

SECRETS = ("SECRET_KEY", "REGULARS_MASTER_KEYS")


def environment(home: Path) -> dict[str, str]:
    """Variables from the state folder; the addresses only while the run that wrote them lives."""
    known = _read(home / "secrets.json")
    words = {name: str(known[name]) for name in SECRETS if name in known}
    running = _read(home / "services.json")
    if _is_alive(running.get("pid")):
        words.update({name: str(value) for name, value in running.get("environment", {}).items()})
    return words


def _is_alive(pid: object) -> bool:
    if not isinstance(pid, int):
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found
