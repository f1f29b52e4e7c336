"""How far a command has come, for the person at the terminal."""

import sys
import time

BAR_CHARACTERS = 30
TELL_EVERY_SECONDS = 0.2  # on a terminal; in a log now and then
LOG_EVERY_SECONDS = 5.0


class Bar:
    """Progress on stderr: what is done, rows, rate, time left. One line on a terminal, a few in a log.

    ``unit``: what the rows are called.
    """

    def __init__(self, unit: str = "rows") -> None:
        self._unit = unit
        self._stream = sys.stderr
        self._is_terminal = self._stream.isatty()
        self._begun = time.monotonic()
        self._told = 0.0
        self._step = ""

    def tell(self, step: str, rows: int, fraction: float) -> None:
        now = time.monotonic()
        pause = TELL_EVERY_SECONDS if self._is_terminal else LOG_EVERY_SECONDS
        if step == self._step and now - self._told < pause:
            return
        self._step, self._told = step, now
        spent = now - self._begun
        line = (
            f"{step}: {rows:,} {self._unit}, {rows / spent:,.0f} {self._unit}/s"
            if spent > 0 and rows
            else step
        )
        if fraction < 1:
            done = round(BAR_CHARACTERS * fraction)
            left = spent / fraction - spent if fraction > 0 else 0.0
            line = f"[{'#' * done}{'.' * (BAR_CHARACTERS - done)}] {fraction:4.0%} {line}, {left:.0f} s left"
        self._stream.write(f"\r\033[K{line}" if self._is_terminal else f"{line}\n")
        self._stream.flush()

    def end(self) -> None:
        if self._is_terminal:
            self._stream.write("\r\033[K")
            self._stream.flush()
