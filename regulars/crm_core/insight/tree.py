"""What the rules of a segment are made of: groups and seven kinds of rule. Pure values."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias
from uuid import UUID

from regulars.platform import errors

NUMBERS = ("orders_count", "total_spent", "profit", "average_gap_days")
MOMENTS = ("last_order", "first_order", "appeared")
TEXTS = ("name", "city", "company", "country_code", "source", "email_domain")
STAGES = ("lead", "new", "repeat", "loyal", "at_risk", "lapsed")
CHANNELS = ("email", "sms")

COMPARISONS = ("equals", "at_least", "at_most", "between")
RECENCIES = ("within_days", "not_within_days")
CHOICES = ("any_of", "none_of")
WORDINGS = ("equals", "not_equals", "any_of", "none_of", "contains", "not_contains")
CODES = ("equals", "not_equals", "any_of", "none_of")
POSSESSIONS = ("has", "has_not")
ANSWERS = ("given", "refused", "unknown")
PURCHASES = ("within_days", "not_within_days", "ever", "never")
TIMED = ("within_days", "not_within_days")


class BadRules(errors.Invalid):
    """Rules that cannot be taken; ``path`` says where in the tree: "all.1.value"."""

    code = "bad_rules"

    def __init__(self, message: str, *, path: str = "") -> None:
        super().__init__(message)
        self.path = path


@dataclass(frozen=True)
class Every:
    """All of the rules hold."""

    of: tuple["Node", ...]


@dataclass(frozen=True)
class Some:
    """At least one of the rules holds."""

    of: tuple["Node", ...]


@dataclass(frozen=True)
class Not:
    of: "Node"


@dataclass(frozen=True)
class Number:
    """A figure of the customer between two limits, both included; None: no limit on that side."""

    field: str
    is_: str
    low: Decimal | None
    high: Decimal | None


@dataclass(frozen=True)
class Moment:
    """Something happened in the last so many days, or did not (also when it never happened)."""

    field: str
    is_: str
    days: int


@dataclass(frozen=True)
class Staged:
    is_: str
    stages: tuple[str, ...]


@dataclass(frozen=True)
class Tagged:
    is_: str
    tag: str


@dataclass(frozen=True)
class Text:
    """Words about the contact; capital letters do not matter. One value, but for any_of and none_of."""

    field: str
    is_: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Consented:
    is_: str
    channel: str


@dataclass(frozen=True)
class Bought:
    """The customer bought a product, or did not; ``days`` None: at any time."""

    is_: str
    product: UUID
    days: int | None


Leaf: TypeAlias = Number | Moment | Staged | Tagged | Text | Consented | Bought
Node: TypeAlias = Every | Some | Not | Leaf


def leaves(node: Node, path: str = "") -> Iterator[tuple[str, Leaf]]:
    """Every rule of the tree and where it stands."""
    match node:
        case Every() | Some():
            name = "all" if isinstance(node, Every) else "any"
            for place, each in enumerate(node.of):
                yield from leaves(each, under(path, f"{name}.{place}"))
        case Not():
            yield from leaves(node.of, under(path, "not"))
        case _:
            yield path, node


def under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
