"""REST parameters and GraphQL documents that name one tenant's rows, made from the schemas."""

import re
from urllib.parse import parse_qs, urlsplit

from graphql import (
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    is_enum_type,
    is_object_type,
    parse,
    visit,
)

from regulars.graphql import node_ids, schema
from regulars.graphql.fields import ROWS
from tests.isolation import entries

# Parameters of REST and filters of GraphQL (in snake case) -> what finds the rows of a set.
FILTERS = {
    "email": lambda side, which: f"{which}@example.com",
    "words": lambda side, which: f"{which}@",
    "stage": lambda side, which: side.row("insight.CustomerMetrics", which).stage,
    "status": lambda side, which: side.row("commerce.Order", which).status,
    "number": lambda side, which: f"1001-{which}",
    "customer": lambda side, which: str(side.row("customers.Contact", which).pk),
    "connection": lambda side, which: str(side.row("commerce.Order", which).connection_id),
    "updated_after": lambda side, which: "2020-01-01T00:00:00Z",
    "ordered_after": lambda side, which: "2020-01-01T00:00:00Z",
    "ordered_before": lambda side, which: "2030-01-01T00:00:00Z",
}
PAGING = {"limit", "cursor", "first", "after", "idempotency_key"}
# Types of GraphQL whose rows an id names.
MODELS = {
    "Customer": "customers.Contact",
    "Order": "commerce.Order",
    "Product": "commerce.Product",
    "Segment": "insight.Segment",
    "Campaign": "email.Campaign",
}
# Inputs of mutations: ids say whose, by the mutation and the field; the others hold harmless words.
IDS = {("contactUpdate", "id"): "Customer"}
INPUTS = {
    "rules": {"all": [{"field": "city", "is": "equals", "value": "Ulm"}]},
    "country_code": "DE",
    "email": "new@example.com",
}
NAMES_NOBODY = {"segmentCreate"}  # nothing of anybody's is named, so nothing can be refused
PAYLOADS = {("SegmentCreatePayload", "segment"), ("SegmentCreatePayload", "userErrors")}
DEEP = 2  # types inside types that one query holds


def path(template, side, which):
    """A path of the OpenAPI document with the keys of a side's rows."""
    return re.sub(r"{(\w+)}", lambda found: str(side.row(entries.label_of(found[1]), which).pk), template)


def of(parameters, side, which):
    """No parameter, then each alone."""
    asked = [each["name"] for each in parameters if each["in"] == "query" and each["name"] not in PAGING]
    return [{}, *({name: _filter(name, side, which)} for name in asked)]


def cursor_of(address):
    return parse_qs(urlsplit(address).query)["cursor"][0]


def root_fields(side, which):
    """(what, query, variables) of each field at the root: by id, or as a list with each of its filters."""
    for name, field in schema.built().query_type.fields.items():
        returns = get_named_type(field.type)
        if "id" in field.args:
            kinds = [returns.name] if returns.name in MODELS else list(MODELS)
            for kind in kinds:
                deep = DEEP if returns.name == kind else 0
                inside = f"... on {kind} {{ {everything(schema.built().type_map[kind], deep)} }}"
                query = f"query($id: ID!) {{ {name}(id: $id) {{ {inside} }} }}"
                yield f"{name} of {kind}", query, {"id": node_id(kind, side, which)}
            continue
        filters = [each for each in field.args if snake(each) not in PAGING]
        for narrowed in [None, *filters]:
            yield _list(name, field, narrowed, side, which)


def _list(name, field, narrowed, side, which):
    row = get_named_type(field.type).name.removesuffix("Connection")
    head, more, variables = "", "", {}
    if narrowed is not None:
        kind = field.args[narrowed].type
        value = _filter(narrowed, side, which)
        if str(kind) == "ID":
            value = node_id("Customer", side, which)
        elif is_enum_type(get_named_type(kind)):
            value = value.upper()
        head, more, variables = f"($asked: {kind})", f", {narrowed}: $asked", {"asked": value}
    query = f"query{head} {{ {name}(first: 5{more}) {{ {_page(row, 0 if narrowed else DEEP)} }} }}"
    return f"{name} by {narrowed}", query, variables


def everything(type_, deep):
    """A selection of all fields of a type, and of what it leads to."""
    parts = ["__typename"]
    for name, field in type_.fields.items():
        returns = get_named_type(field.type)
        if not is_object_type(returns):
            parts.append(name)
        elif "first" in field.args:
            if deep:
                parts.append(
                    f"{name}(first: 3) {{ {_page(returns.name.removesuffix('Connection'), deep - 1)} }}"
                )
        elif returns.name not in ROWS:
            parts.append(f"{name} {{ {everything(returns, 0)} }}")
        elif deep:
            parts.append(f"{name} {{ {everything(returns, deep - 1)} }}")
    return " ".join(parts)


def _page(row, deep):
    inside = everything(schema.built().type_map[row], deep)
    info = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
    return f"totalCount {info} edges {{ cursor node {{ __typename }} }} nodes {{ {inside} }}"


def mutations(side, which):
    """(name, document, variables) of each mutation that names a row, with every field of its input."""
    for name, field in schema.built().mutation_type.fields.items():
        if name in NAMES_NOBODY:
            continue
        given = get_named_type(field.args["input"].type)
        values = {each: _input(name, each, kind, side, which) for each, kind in given.fields.items()}
        payload = get_named_type(field.type)
        asked = f"mutation($input: {given.name}!) {{ {name}(input: $input) {{ {everything(payload, 1)} }} }}"
        yield name, asked, {"input": values}


def _input(mutation, name, kind, side, which):
    if "ID" in str(kind.type):
        if (mutation, name) not in IDS:
            raise AssertionError(
                f"{mutation}.{name} names a row: say of which type in tests/isolation/queries.py"
            )
        found = node_id(IDS[mutation, name], side, which)
        return [found] if "[" in str(kind.type) else found
    return INPUTS.get(snake(name), "Blackbird")


def node_id(kind, side, which):
    if kind not in MODELS:
        raise AssertionError(f"{kind} has ids: say its model in tests/isolation/queries.py")
    return node_ids.written(kind, side.row(MODELS[kind], which).pk)


def _filter(name, side, which):
    if snake(name) not in FILTERS:
        raise AssertionError(
            f"{name!r} is a new filter: say in tests/isolation/queries.py what it is asked with"
        )
    return FILTERS[snake(name)](side, which)


def snake(name):
    return re.sub(r"([A-Z])", r"_\1", name).lower()


def declared():
    """(type, field) of every type that holds a tenant's data."""
    root = {"Query", "Mutation"}
    return {
        (type_.name, name)
        for type_ in schema.built().type_map.values()
        if is_object_type(type_) and not type_.name.startswith("__") and type_.name not in root
        for name in type_.fields
    }


def reached(documents):
    """(type, field) of everything that the documents ask for."""
    found, info = set(), TypeInfo(schema.built())

    class Walk(Visitor):
        def enter_field(self, node, *_):
            if not node.name.value.startswith("__"):
                found.add((info.get_parent_type().name, node.name.value))

    for document in documents:
        visit(parse(document), TypeInfoVisitor(info, Walk()))
    return {(type_, name) for type_, name in found if type_ not in {"Query", "Mutation"}}
