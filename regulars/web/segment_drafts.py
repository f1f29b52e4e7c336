"""Rules of a segment while they are edited: a form that need not be whole yet, and rules again.

Every part of the form is named by its place: ``match:r`` is the outermost group, ``field:r.0`` its first
rule, ``match:r.1`` a group in it, ``field:r.1.0`` that group's first rule.
"""

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import QueryDict

from regulars.crm_core.insight import rules
from regulars.crm_core.insight.tree import (
    CHOICES,
    MOMENTS,
    NUMBERS,
    TEXTS,
    TIMED,
    Bought,
    Consented,
    Every,
    Leaf,
    Moment,
    Node,
    Not,
    Number,
    Some,
    Staged,
    Tagged,
    Text,
)

ROOT = "r"
MAX_DRAWN_DEPTH = 6
FIRST_FIELD = "orders_count"
MATCHES = ("all", "any", "none", "not_all")
THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")
COMMAS = re.compile("[,\uff0c\u3001;\n]")  # the Chinese ones too


@dataclass
class Rule:
    """One line of the builder; ``error`` says what is wrong with it."""

    field: str = FIRST_FIELD
    is_: str = "equals"
    value: str = ""
    second: str = ""
    choices: list[str] = dataclasses.field(default_factory=list)
    product: str = ""
    search: str = ""
    days: str = ""
    path: str = ""
    error: str = ""

    @property
    def kind(self) -> str:
        """How its value is entered."""
        kinds = {**dict.fromkeys(NUMBERS, "number"), **dict.fromkeys(MOMENTS, "moment")}
        return {**kinds, **dict.fromkeys(TEXTS, "text")}.get(self.field, self.field)

    @property
    def is_timed(self) -> bool:
        return self.is_ in TIMED

    @property
    def takes_many(self) -> bool:
        return self.is_ in CHOICES


@dataclass
class Group:
    match: str = "all"
    of: "list[Rule | Group]" = dataclasses.field(default_factory=list)
    path: str = ROOT
    error: str = ""


Part = Rule | Group


def blank() -> Group:
    return placed(Group(of=[Rule()]))


def drawn(node: Node) -> Group:
    """The form of a tree of rules; a lone rule stands in a group."""
    part = _drawn(node)
    return placed(part if isinstance(part, Group) else Group(of=[part]))


def read(form: QueryDict) -> Group:
    """What was sent, however unfinished; a form without rules is a blank one."""
    part = _read(form, ROOT, depth=0)
    return placed(part) if isinstance(part, Group) else blank()


def changed(draft: Group, do: str) -> Group:
    """The draft after a button: "add:r", "group:r" or "remove:r.1". An unknown one changes nothing."""
    verb, _colon, path = do.partition(":")
    for group in list(_groups(draft)):
        if group.path == path and verb == "add":
            group.of.append(Rule())
        elif group.path == path and verb == "group":
            group.of.append(Group(match="any", of=[Rule()]))
        elif verb == "remove":
            group.of = [part for part in group.of if part.path != path]
    _prune(draft)
    draft.of = draft.of or [Rule()]
    return placed(draft)


def written(draft: Group) -> tuple[dict[str, Any], dict[str, Part]]:
    """The rules as JSON, and which part of the draft stands at which path of them."""
    places: dict[str, Part] = {}
    return _written(draft, "", places), places


def blame(places: Mapping[str, Part], bad: rules.BadRules) -> bool:
    """Note the refusal at the part it is about; False when there is none."""
    path = bad.path
    while True:
        if path in places:
            places[path].error = str(bad)
            return True
        if not path:
            return False
        path = path.rpartition(".")[0]


def every_rule(draft: Group) -> Iterator[Rule]:
    for group in list(_groups(draft)):
        yield from (part for part in group.of if isinstance(part, Rule))


def placed(draft: Group, path: str = ROOT) -> Group:
    """Gives every part its place in the form."""
    draft.path = path
    for number, part in enumerate(draft.of):
        part.path = f"{path}.{number}"
        if isinstance(part, Group):
            placed(part, part.path)
    return draft


def _groups(draft: Group) -> Iterator[Group]:
    yield draft
    for part in list(draft.of):
        if isinstance(part, Group):
            yield from _groups(part)


def _prune(group: Group) -> None:
    """Groups that lost their last rule go."""
    for part in group.of:
        if isinstance(part, Group):
            _prune(part)
    group.of = [part for part in group.of if isinstance(part, Rule) or part.of]


def _drawn(node: Node) -> Part:
    match node:
        case Every():
            return Group("all", [_drawn(each) for each in node.of])
        case Some():
            return Group("any", [_drawn(each) for each in node.of])
        case Not(Every(of)):
            return Group("not_all", [_drawn(each) for each in of])
        case Not(Some(of)):
            return Group("none", [_drawn(each) for each in of])
        case Not(of):
            return Group("none", [_drawn(of)])
        case _:
            return _rule(node)


def _rule(leaf: Leaf) -> Rule:
    data = rules.written(leaf)
    rule = Rule(data["field"], data["is"])
    match leaf:
        case Number():
            limits = data["value"] if leaf.is_ == "between" else [data["value"]]
            rule.value, rule.second = str(limits[0]), str(limits[1]) if len(limits) > 1 else ""
        case Moment():
            rule.value = str(leaf.days)
        case Staged():
            rule.choices = list(leaf.stages)
        case Tagged():
            rule.value = leaf.tag
        case Text():
            rule.value = ", ".join(leaf.values)
        case Consented():
            rule.value = leaf.channel
        case Bought():
            rule.product, rule.days = str(leaf.product), str(leaf.days or "")
    return rule


def _read(form: QueryDict, path: str, *, depth: int) -> Part | None:
    if (about := form.get(f"field:{path}")) is not None:
        return _read_rule(form, path, about if about in rules.WAYS else FIRST_FIELD)
    if (match := form.get(f"match:{path}")) is None or depth > MAX_DRAWN_DEPTH:
        return None
    group = Group(match if match in MATCHES else "all")
    for number in range(rules.MAX_RULES + 1):
        part = _read(form, f"{path}.{number}", depth=depth + 1)
        if part is None:
            break
        group.of.append(part)
    return group


def _read_rule(form: QueryDict, path: str, about: str) -> Rule:
    ways, is_ = rules.WAYS[about], form.get(f"is:{path}", "")
    said = {
        name: form.get(f"{name}:{path}", "").replace("\0", "").strip()
        for name in ("value", "second", "product", "search", "days")
    }
    if about == "consent" and not said["value"]:
        said["value"] = "email"
    return Rule(
        field=about,
        is_=is_ if is_ in ways else ways[0],
        choices=form.getlist(f"choices:{path}"),
        **said,
    )


def _written(part: Part, at: str, places: dict[str, Part]) -> dict[str, Any]:
    places[at] = part
    if isinstance(part, Rule):
        return {"field": part.field, "is": part.is_, "value": _value(part)}
    name = "all" if part.match in ("all", "not_all") else "any"
    is_not = part.match in ("none", "not_all")
    inside = ".".join(filter(None, [at, "not" if is_not else "", name]))
    of = [_written(each, f"{inside}.{number}", places) for number, each in enumerate(part.of)]
    return {"not": {name: of}} if is_not else {name: of}


def _value(rule: Rule) -> Any:
    match rule.kind:
        case "number":
            return (
                [_figure(rule.value), _figure(rule.second)] if rule.is_ == "between" else _figure(rule.value)
            )
        case "moment":
            return _whole(rule.value)
        case "stage":
            return rule.choices
        case "text" if rule.takes_many:
            return [each.strip() for each in COMMAS.split(rule.value) if each.strip()]
        case "bought":
            asked: dict[str, Any] = {"product": rule.product}
            return {**asked, "days": _whole(rule.days)} if rule.is_timed else asked
        case _:
            return rule.value


def _figure(text: str) -> str:
    """ "1,200.50", "1 200,50" or "1200.50" as it is written in JSON."""
    plain = re.sub(r"[\s']", "", text)
    if THOUSANDS.fullmatch(plain):
        return plain.replace(",", "")
    return plain.replace(",", ".") if plain.count(",") == 1 and "." not in plain else plain


def _whole(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else text


def products(draft: Group) -> set[UUID]:
    """The products that rules name, as far as they are ids."""
    found = set()
    for rule in every_rule(draft):
        try:
            found.add(UUID(rule.product))
        except ValueError:
            continue
    return found
