"""Queries that try to bring us down, each with the code that refuses it; the bench times the same."""

DOUBLING = (
    "".join(f"fragment f{n} on Customer {{ name ...f{n + 1} ...f{n + 1} }} " for n in range(12))
    + "fragment f12 on Customer { city }"
)
ATTACKS = {
    "alias overload": ("{ %s }" % " ".join(f"a{n}: __typename" for n in range(101)), "too_many_aliases"),
    "many tokens": ("{ %s }" % " ".join(f"a{n}: __typename" for n in range(1000)), "too_many_tokens"),
    "field duplication": ("{ customers(first: 1) { nodes { %s } } }" % ("name " * 500), "too_many_duplicates"),
    "directive overload": ("{ __typename %s }" % ("@a " * 50), "too_many_directives"),
    "directive overload of a variable": ("query($x: Int %s) { __typename }" % ("@a " * 50), "too_many_directives"),
    "circular introspection": (
        "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }",
        "circular_introspection",
    ),
    "circular introspection by fragment": (
        "{ __schema { types { ...a } } } fragment a on __Type { fields { type { fields { type { ...b } } } } } "
        "fragment b on __Type { fields { name } }",
        "circular_introspection",
    ),
    "circular fragments": ("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }", "circular_fragments"),
    "doubling fragments": ("{ customers(first: 1) { nodes { ...f0 } } } " + DOUBLING, "too_many_fields"),
    "depth": ("{ a " * 200 + "}" * 200, "too_deep"),
    "depth of orders and customers": (
        "{ orders(first: 1) " + "{ nodes { customer { orders(first: 1) " * 4 + "{ totalCount }" + "} } }" * 4 + "}",
        "too_deep",
    ),
    "more operations than one may name": ("".join(f"query q{n} {{ __typename }} " for n in range(6)), "too_many_operations"),
    "fragments": ("{ __typename }" + "".join(f"fragment f{n} on Query {{ __typename }}" for n in range(21)), "too_many_fragments"),
    "root fields": ("{ %s }" % " ".join(f"a{n}: __typename" for n in range(11)), "too_many_root_fields"),
    "cost": ("{ customers(first: 100) { nodes { orders(first: 100) { nodes { id } } } } }", "too_costly"),
    "cost behind a variable": (
        "query($n: Int!) { customers(first: $n) { nodes { orders(first: $n) { nodes { id } } } } }",
        "too_costly",
    ),
    "no syntax": ("{ customers(", "bad_syntax"),
    "nothing": ("", "bad_syntax"),
    "two operations and no name": ("query a { __typename } query b { __typename }", "unknown_operation"),
    "an unknown field": ("{ custumers(first: 1) { nodes { id } } }", "invalid_query"),
    "a subscription": ("subscription { customers }", "invalid_query"),
}  # fmt: skip
