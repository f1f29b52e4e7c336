"""What a request may be at most, checked before its document is validated: validation itself can be attacked.

The rule about overlapping fields is quadratic, and fragments in fragments double with every step; so size
first, then tokens, then what the parsed document holds with its fragments expanded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import msgspec
from graphql import GraphQLSyntaxError, parse
from graphql.language import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)
from graphql.language.ast import Node

from regulars.platform import errors

MAX_BODY_BYTES = 100_000
MAX_TOKENS = 1_000
MAX_OPERATIONS = 5
MAX_ALIASES = 20
MAX_DIRECTIVES = 20
MAX_FRAGMENTS = 20
MAX_ROOT_FIELDS = 10
MAX_DEPTH = 12
MAX_INTROSPECTION_DEPTH = 16  # what explorers and code generators ask goes deep into `ofType`
MAX_BRACES = 40  # one inside the other, of selections and of objects given
MAX_CIRCLES = 2  # lists of types inside lists of types
MAX_FIELDS = 600  # fragments expanded
MAX_DUPLICATES = 20
INTROSPECTION = frozenset({"__schema", "__type"})
# What the parser would take for a token, found by the regular expression engine at a fiftieth of its price.
TOKEN = re.compile(
    r'"""(?:\\"""|[^"]|"(?!""))*"""|"(?:\\.|[^"\\\n])*"|#[^\n]*|[_A-Za-z]\w*|-?\d[\w.+-]*|\.\.\.|[^\s,\ufeff]'
)
NO_FIELD_FOLLOWS = frozenset({":", "@", "...", "on"})
REPEATED = f"At most {MAX_DUPLICATES} fields may be asked for more than once."
CIRCULAR = frozenset({"fields", "inputFields", "interfaces", "possibleTypes"})


class Unreadable(errors.Refused):
    status, code = 400, "unreadable"


class TooLong(errors.Refused):
    status, code = 413, "too_long"


class Batched(errors.Refused):
    status, code = 400, "batched"


class BadSyntax(errors.Refused):
    status, code = 400, "bad_syntax"


class TooManyTokens(errors.Refused):
    status, code = 400, "too_many_tokens"


class TooManyOperations(errors.Refused):
    status, code = 400, "too_many_operations"


class TooManyAliases(errors.Refused):
    status, code = 400, "too_many_aliases"


class TooManyDirectives(errors.Refused):
    status, code = 400, "too_many_directives"


class TooManyFragments(errors.Refused):
    status, code = 400, "too_many_fragments"


class CircularFragments(errors.Refused):
    status, code = 400, "circular_fragments"


class TooManyRootFields(errors.Refused):
    status, code = 400, "too_many_root_fields"


class TooDeep(errors.Refused):
    status, code = 400, "too_deep"


class CircularIntrospection(errors.Refused):
    status, code = 400, "circular_introspection"


class TooManyFields(errors.Refused):
    status, code = 400, "too_many_fields"


class TooManyDuplicates(errors.Refused):
    status, code = 400, "too_many_duplicates"


@dataclass(frozen=True)
class Asked:
    """A request's body."""

    query: str
    variables: dict[str, Any]
    operation: str | None


@dataclass(frozen=True)
class _Size:
    """Of a selection, fragments expanded. ``keys``: what its fields are answered under."""

    depth: int = 0
    introspection: int = 0
    circles: int = 0
    fields: int = 0
    keys: tuple[str, ...] = ()


def asked(body: bytes) -> Asked:
    """The body read. Raises TooLong, Unreadable, Batched."""
    if len(body) > MAX_BODY_BYTES:
        raise TooLong(f"A request has at most {MAX_BODY_BYTES} bytes.")
    try:
        said = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise Unreadable("The body is not JSON.") from None
    if isinstance(said, list):
        raise Batched("Send one request at a time, not a list of them.")
    if not isinstance(said, dict) or not isinstance(said.get("query"), str):
        raise Unreadable('Send {"query": "…", "variables": {…}}.')
    variables, operation = said.get("variables") or {}, said.get("operationName")
    if not isinstance(variables, dict) or not isinstance(operation, str | None):
        raise Unreadable("`variables` is an object and `operationName` a string.")
    return Asked(said["query"], variables, operation or None)


def parsed(query: str) -> DocumentNode:
    """The document, when it is within all limits. Raises BadSyntax and the refusals above."""
    _scan(query)
    try:
        document = parse(query, max_tokens=MAX_TOKENS)
    except GraphQLSyntaxError as wrong:
        raise BadSyntax(wrong.message) from None
    except RecursionError:
        raise TooDeep(f"Fields nest at most {MAX_DEPTH} deep.") from None
    _count(document)
    _Measure(document).check()
    return document


def _scan(query: str) -> None:
    """Tokens, braces, plain repetitions, before anything is made of them; refuses nothing that is allowed."""
    tokens = parentheses = duplicates = 0
    seen: list[set[str]] = []  # names of each selection that is open here
    before = ""
    for found in TOKEN.finditer(query):
        word = found[0]
        if word[0] == "#":
            continue
        tokens += 1
        parentheses += (word == "(") - (word == ")")
        if word == "{":
            seen.append(set())
        elif word == "}":
            del seen[-1:]
        elif seen and not parentheses and word.isidentifier() and before not in NO_FIELD_FOLLOWS:
            duplicates += word in seen[-1]
            seen[-1].add(word)
        if tokens > MAX_TOKENS:
            raise TooManyTokens(f"A document has at most {MAX_TOKENS} tokens.")
        if len(seen) > MAX_BRACES:
            raise TooDeep(f"Fields nest at most {MAX_DEPTH} deep.")
        if duplicates > MAX_DUPLICATES:
            raise TooManyDuplicates(REPEATED)
        before = word


def _count(document: DocumentNode) -> None:
    """What can be counted without expanding anything."""
    operations = sum(isinstance(each, OperationDefinitionNode) for each in document.definitions)
    fragments = sum(isinstance(each, FragmentDefinitionNode) for each in document.definitions)
    aliases = directives = 0
    stack: list[Node] = [document]
    while stack:
        node = stack.pop()
        aliases += isinstance(node, FieldNode) and node.alias is not None
        directives += len(getattr(node, "directives", None) or ())
        for name in ("definitions", "variable_definitions", "selections"):
            stack.extend(getattr(node, name, None) or ())
        if (inner := getattr(node, "selection_set", None)) is not None:
            stack.append(inner)
    if operations > MAX_OPERATIONS:
        raise TooManyOperations(f"A document has at most {MAX_OPERATIONS} operations.")
    if aliases > MAX_ALIASES:
        raise TooManyAliases(f"A document has at most {MAX_ALIASES} aliases.")
    if directives > MAX_DIRECTIVES:
        raise TooManyDirectives(f"A document has at most {MAX_DIRECTIVES} directives.")
    if fragments > MAX_FRAGMENTS:
        raise TooManyFragments(f"A document has at most {MAX_FRAGMENTS} fragments.")


class _Measure:
    """Each fragment is measured once: what it holds is added where it is spread, never walked again."""

    def __init__(self, document: DocumentNode) -> None:
        self.definitions = document.definitions
        self.fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }
        self.known: dict[str, _Size] = {}
        self.duplicates = 0

    def check(self) -> None:
        for each in self.definitions:
            if isinstance(each, FragmentDefinitionNode):  # also one that nobody spreads
                self._fragment(each.name.value, ())
            elif isinstance(each, OperationDefinitionNode):
                size = self._size(each.selection_set, ())
                if len(set(size.keys)) > MAX_ROOT_FIELDS:
                    raise TooManyRootFields(f"A query has at most {MAX_ROOT_FIELDS} fields at its root.")
                if size.depth > MAX_DEPTH:
                    raise TooDeep(f"Fields nest at most {MAX_DEPTH} deep.")

    def _size(self, selections: SelectionSetNode, inside: tuple[str, ...]) -> _Size:
        found = self._added(selections, inside)
        self.duplicates += len(found.keys) - len(set(found.keys))
        if self.duplicates > MAX_DUPLICATES:
            raise TooManyDuplicates(REPEATED)
        return found

    def _added(self, selections: SelectionSetNode, inside: tuple[str, ...]) -> _Size:
        parts = [self._part(each, inside) for each in selections.selections]
        found = _Size(
            depth=max((part.depth for part in parts), default=0),
            introspection=max((part.introspection for part in parts), default=0),
            circles=max((part.circles for part in parts), default=0),
            fields=sum(part.fields for part in parts),
            keys=tuple(key for part in parts for key in part.keys),
        )
        _within(found)
        return found

    def _part(self, node: Node, inside: tuple[str, ...]) -> _Size:
        if isinstance(node, FragmentSpreadNode):
            return self._fragment(node.name.value, inside)
        if isinstance(node, InlineFragmentNode):
            return self._added(node.selection_set, inside)
        if not isinstance(node, FieldNode):
            return _Size()
        name, key = node.name.value, (node.alias or node.name).value
        below = self._size(node.selection_set, inside) if node.selection_set else _Size()
        depth, introspection = below.depth + 1, below.introspection
        if name in INTROSPECTION:
            depth, introspection = 1, max(introspection, depth)
        circles = below.circles + (name in CIRCULAR)
        return _Size(depth, introspection, circles, below.fields + 1, (key,))

    def _fragment(self, name: str, inside: tuple[str, ...]) -> _Size:
        if name in inside:
            raise CircularFragments(f"The fragment {name} holds itself.")
        if name not in self.known:
            fragment = self.fragments.get(name)  # an unknown one is refused by validation, with its place
            self.known[name] = self._added(fragment.selection_set, (*inside, name)) if fragment else _Size()
        return self.known[name]


def _within(size: _Size) -> None:
    if size.fields > MAX_FIELDS:
        raise TooManyFields(f"A query has at most {MAX_FIELDS} fields, fragments expanded.")
    if size.circles > MAX_CIRCLES:
        raise CircularIntrospection("The schema may be asked for, but not in circles.")
    # Inside a fragment on a type of the schema nobody knows yet that it stands below `__schema`.
    if size.introspection > MAX_INTROSPECTION_DEPTH or size.depth > MAX_INTROSPECTION_DEPTH:
        raise TooDeep(f"Introspection nests at most {MAX_INTROSPECTION_DEPTH} deep.")
