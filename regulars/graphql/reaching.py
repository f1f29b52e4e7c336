"""What a selection reaches: the rows of connections, and the scopes that a key needs for all of it."""

from __future__ import annotations

from collections.abc import Iterable

from regulars.graphql.fields import Many, One, Row
from regulars.graphql.selecting import Pick
from regulars.graphql.work import Work


def authorize(work: Work, of: type[Row], picks: Iterable[Pick]) -> None:
    """Raises bearer.MissingScope when any type that the picks reach needs a scope that the key lacks."""
    work.require(of.scope)
    for pick in picks:
        if isinstance(pick.field, One):
            authorize(work, pick.field.of, pick.picks())
        elif isinstance(pick.field, Many):
            authorize(work, pick.field.of, node_picks(pick))


def node_picks(pick: Pick) -> list[Pick]:
    """Everything picked of the rows of a connection."""
    return [each for selection in selections(pick).values() for each in selection]


def selections(pick: Pick) -> dict[str, list[Pick]]:
    """The picks of a connection's rows by the path they are picked under."""
    found: dict[str, list[Pick]] = {}
    for part in pick.picks():
        if part.name == "nodes":
            found[part.key] = part.picks()
        elif part.name == "edges":
            for edge in part.picks():
                if edge.name == "node":
                    found[f"{part.key}.{edge.key}"] = edge.picks()
    return found
