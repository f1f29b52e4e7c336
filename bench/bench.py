"""What a bench yields: figures, each with its limit or with a baseline that was measured in the same run."""

import json
from dataclasses import dataclass

COLUMNS = ("bench", "figure", "value", "unit", "baseline", "ratio", "target", "ok")


@dataclass(frozen=True)
class Figure:
    """``ratio`` is value to baseline, as the target reads it; ``ok`` None where there is no target."""

    bench: str
    figure: str
    value: float
    unit: str
    baseline: float | None = None
    ratio: float | None = None
    target: str = ""
    ok: bool | None = None

    def line(self) -> str:
        """The figure as one JSON object."""
        return json.dumps({name: _plain(getattr(self, name)) for name in COLUMNS})

    def cells(self) -> list[str]:
        return [_shown(getattr(self, name)) for name in COLUMNS]


def table(figures: list[Figure]) -> str:
    """All figures under each other, for people."""
    rows = [list(COLUMNS), *(figure.cells() for figure in figures)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(COLUMNS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join([lines[0].rstrip(), "-" * sum(widths, 2 * len(widths) - 2), *map(str.rstrip, lines[1:])])


def _plain(value: object) -> object:
    return round(value, 4) if isinstance(value, float) else value


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "NO"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.3g}"
    return str(value)
