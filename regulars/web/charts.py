"""Geometry of sparklines and line charts, worked out on the server: SVG paths in a box of 1000 by 100.

The box is stretched by the style sheet (``preserveAspectRatio="none"``), so that one drawing fits every width
without a script. What must not be stretched (words, tips) is HTML beside it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

WIDTH = 1000
HEIGHT = 100
SCALE_LINES = 4  # beside the zero line
MARKS_WIDE = 7
NICE_STEPS = (
    Decimal(1),
    Decimal("1.5"),
    Decimal(2),
    Decimal("2.5"),
    Decimal(3),
    Decimal(4),
    Decimal(5),
    Decimal("7.5"),
    Decimal(10),
)


@dataclass(frozen=True)
class Spark:
    line: str
    area: str


@dataclass(frozen=True)
class Point:
    """One column of the chart: ``mark`` stands on the axis (mostly blank), the rest in the tip and table."""

    label: str
    value: str
    before: str
    mark: str
    is_extra_mark: bool


@dataclass(frozen=True)
class Chart:
    line: str
    area: str
    before: str
    scale: tuple[str, ...]  # from the top down to zero
    grid: tuple[int, ...]
    points: tuple[Point, ...]


def spark(values: Sequence[Decimal | int]) -> Spark | None:
    """A line from edge to edge, highest value at the top. None for fewer than two values: nothing to draw."""
    if len(values) < 2:
        return None
    low, high = min(values), max(values)
    span = high - low
    step = Decimal(WIDTH) / (len(values) - 1)
    places = [(step * n, _spark_height(value - low, span)) for n, value in enumerate(values)]
    line = _path(places)
    return Spark(line=line, area=f"{line}V{HEIGHT}H0Z")


def line(
    *,
    labels: Sequence[str],
    values: Sequence[Decimal | int],
    before: Sequence[Decimal | int] = (),
    shown: Callable[[Decimal], str],
    scaled: Callable[[Decimal], str],
) -> Chart:
    """A line over the period, dashed behind it the previous one.

    ``labels`` and ``values`` are of one length, ``before`` is of the same or empty; ``shown`` words a value
    for the tip and the table, ``scaled`` for the axis (both from ``formats``). Values below zero are drawn on
    the zero line. Raises ValueError when the lengths differ.
    """
    if len(labels) != len(values) or (before and len(before) != len(values)):
        raise ValueError("labels, values and before must be of one length")
    top = _top([Decimal(value) for value in (*values, *before)])
    steps = range(SCALE_LINES, -1, -1)
    drawn = _path(_places(values, top))
    first, last = _column(0, len(values)), _column(len(values) - 1, len(values))
    return Chart(
        line=drawn,
        area=f"{drawn}L{_text(last)} {HEIGHT}L{_text(first)} {HEIGHT}Z" if drawn else "",
        before=_path(_places(before, top)),
        scale=tuple(scaled(top * step / SCALE_LINES) for step in steps),
        grid=tuple(HEIGHT - HEIGHT * step // SCALE_LINES for step in steps),
        points=_points(labels, values, before, shown),
    )


def _points(
    labels: Sequence[str],
    values: Sequence[Decimal | int],
    before: Sequence[Decimal | int],
    shown: Callable[[Decimal], str],
) -> tuple[Point, ...]:
    stride = max(1, -(-len(labels) // MARKS_WIDE))
    return tuple(
        Point(
            label=label,
            value=shown(Decimal(values[n])),
            before=shown(Decimal(before[n])) if before else "",
            mark=label if n % stride == stride // 2 else "",
            is_extra_mark=n // stride % 2 == 1,
        )
        for n, label in enumerate(labels)
    )


def _top(values: Sequence[Decimal]) -> Decimal:
    """The next round number above all values, so that the scale's lines are round, too."""
    highest = max(values, default=Decimal(0))
    if highest <= 0:
        return Decimal(SCALE_LINES)
    raw = highest / SCALE_LINES
    size = Decimal(10) ** raw.adjusted()
    return next(nice * size for nice in NICE_STEPS if nice * size >= raw) * SCALE_LINES


def _places(values: Sequence[Decimal | int], top: Decimal) -> list[tuple[Decimal, Decimal]]:
    return [
        (_column(n, len(values)), HEIGHT - HEIGHT * max(Decimal(value), Decimal(0)) / top)
        for n, value in enumerate(values)
    ]


def _column(n: int, columns: int) -> Decimal:
    """The middle of column n: the tips are columns of equal width laid over the drawing."""
    return WIDTH * (n + Decimal("0.5")) / max(columns, 1)


def _spark_height(above: Decimal | int, span: Decimal | int) -> Decimal:
    room = HEIGHT * Decimal("0.82")  # a margin above and below, so that the stroke is not clipped
    return HEIGHT * Decimal("0.94") - (room * above / span if span else 0)


def _path(places: Sequence[tuple[Decimal, Decimal]]) -> str:
    return "M" + "L".join(f"{_text(x)} {_text(y)}" for x, y in places) if places else ""


def _text(value: Decimal) -> str:
    return f"{value:.1f}".removesuffix(".0")
