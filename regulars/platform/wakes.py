"""Wake-up calls to workers, gathered for a moment so that a burst of deliveries costs few messages.

Nobody relies on a call: a lost one is found by the sweeper. Hence a thread that sends in the background,
and a broker that is away costs the caller nothing.
"""

import atexit
import threading
import time

import structlog
from django.conf import settings

from regulars.platform import tasks

log = structlog.get_logger(__name__)

GATHER_SECONDS = 0.02
MAX_WAITING = 10_000  # distinct calls kept while the broker is away


class _Caller:
    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], None] = {}
        self._lock = threading.Lock()
        self._rung = threading.Event()
        self._thread: threading.Thread | None = None
        self._broker_is_away = False

    def call(self, name: str, tenant: str) -> None:
        with self._lock:
            if len(self._waiting) < MAX_WAITING:
                self._waiting[name, tenant] = None
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="wakes", daemon=True)
                self._thread.start()
        self._rung.set()

    def flush(self) -> None:
        """Send what is waiting, now."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        for name, tenant in waiting:
            try:
                tasks.send(name, tenant=tenant)
            except Exception as problem:
                if not self._broker_is_away:
                    log.warning("broker_is_away", problem=repr(problem))
                self._broker_is_away = True
                return
        if waiting and self._broker_is_away:
            log.info("broker_is_back")
            self._broker_is_away = False

    def _run(self) -> None:
        while True:
            self._rung.wait()
            time.sleep(GATHER_SECONDS)
            self._rung.clear()
            self.flush()


_caller = _Caller()
atexit.register(_caller.flush)


def call(name: str, *, tenant: str) -> None:
    """Ask for a worker's look at a tenant, soon. Equal calls of the same moment become one message."""
    if settings.WAKES_ARE_SENT:
        _caller.call(name, tenant)
