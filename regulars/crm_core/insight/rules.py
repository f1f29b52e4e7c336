"""The rules of a segment as a small tree of and, or and not: read from JSON, checked, and written back.

Pure: no database, no clock. ``{"all": [..]}``, ``{"any": [..]}`` and ``{"not": {..}}`` hold rules, a rule has
a ``"field"``, what it ``"is"``, and mostly a ``"value"``: ``conditions.py`` lists every kind.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from regulars.crm_core.insight import conditions
from regulars.crm_core.insight.conditions import WAYS, refuse
from regulars.crm_core.insight.tree import (
    CHOICES,
    BadRules,
    Bought,
    Consented,
    Every,
    Moment,
    Node,
    Not,
    Number,
    Some,
    Staged,
    Tagged,
    Text,
    leaves,
    under,
)

__all__ = ["WAYS", "BadRules", "Node", "leaves", "parsed", "written"]

MAX_DEPTH = 4  # groups within groups
MAX_RULES = 40


def parsed(data: object) -> Node:
    """The tree that this JSON says.

    Raises BadRules, with the place and words for a user: an unknown field or comparison, a value of the wrong
    kind, an empty group, more than MAX_DEPTH groups in each other or MAX_RULES rules.
    """
    node = _node(data, path="", depth=1)
    if sum(1 for _each in leaves(node)) > MAX_RULES:
        refuse(_("A segment has at most %(most)d rules.") % {"most": MAX_RULES}, "")
    return node


def written(node: Node) -> dict[str, Any]:
    """The JSON of a tree: ``parsed(written(node)) == node``."""
    match node:
        case Every():
            return {"all": [written(each) for each in node.of]}
        case Some():
            return {"any": [written(each) for each in node.of]}
        case Not():
            return {"not": written(node.of)}
        case Number():
            return {"field": node.field, "is": node.is_, "value": _number_written(node)}
        case Moment():
            return {"field": node.field, "is": node.is_, "value": node.days}
        case Staged():
            return {"field": "stage", "is": node.is_, "value": list(node.stages)}
        case Tagged():
            return {"field": "tag", "is": node.is_, "value": node.tag}
        case Text():
            value = list(node.values) if node.is_ in CHOICES else node.values[0]
            return {"field": node.field, "is": node.is_, "value": value}
        case Consented():
            return {"field": "consent", "is": node.is_, "value": node.channel}
        case Bought():
            bought: dict[str, Any] = {"product": str(node.product)}
            if node.days is not None:
                bought["days"] = node.days
            return {"field": "bought", "is": node.is_, "value": bought}


def _node(data: object, *, path: str, depth: int) -> Node:
    if not isinstance(data, Mapping):
        refuse(_("A rule is an object: a group of rules, or a field and what it is."), path)
    if depth > MAX_DEPTH + 1:
        refuse(_("Groups stand at most %(most)d deep in each other.") % {"most": MAX_DEPTH}, path)
    groups = [name for name in ("all", "any", "not") if name in data]
    if "field" in data and not groups:
        return conditions.read(data, path=path)
    if len(groups) != 1 or len(data) != 1:
        refuse(_('A rule is one of "all", "any" and "not", or has a "field".'), path)
    name, inside = groups[0], data[groups[0]]
    if depth > MAX_DEPTH:
        refuse(_("Groups stand at most %(most)d deep in each other.") % {"most": MAX_DEPTH}, path)
    if name == "not":
        return Not(_node(inside, path=under(path, "not"), depth=depth + 1))
    if not isinstance(inside, list) or not inside:
        refuse(_("A group holds at least one rule."), under(path, name))
    if len(inside) > MAX_RULES:
        refuse(_("A segment has at most %(most)d rules.") % {"most": MAX_RULES}, path)
    nodes = tuple(
        _node(each, path=under(path, f"{name}.{place}"), depth=depth + 1) for place, each in enumerate(inside)
    )
    return Every(nodes) if name == "all" else Some(nodes)


def _number_written(node: Number) -> object:
    def one(figure: Decimal) -> int | str:
        return int(figure) if node.field == "orders_count" else format(figure, "f")

    limits = [one(limit) for limit in (node.low, node.high) if limit is not None]
    return limits if node.is_ == "between" else limits[0]
