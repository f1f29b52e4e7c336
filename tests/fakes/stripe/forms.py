"""Stripe's form bodies: ``items[0][price]=p`` is ``{"items": [{"price": "p"}]}``."""

import re

WORD = re.compile(r"[^\[\]]+")


def parsed(pairs):
    root = {}
    for name, value in pairs:
        path = [*WORD.findall(name), *([""] if name.endswith("[]") else [])]
        here = root
        for step in path[:-1]:
            here = here.setdefault(step, {})
        here[path[-1] or str(len(here))] = value
    return _listed(root)


def _listed(node):
    if not isinstance(node, dict):
        return node
    if node and all(name.isdigit() for name in node):
        return [_listed(node[name]) for name in sorted(node, key=int)]
    return {name: _listed(value) for name, value in node.items()}
