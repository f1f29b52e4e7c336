"""What the sites answer to, read from the lists of URLs, and the arguments that each entry is asked with.

An argument that no table here knows fails the suite: say what it is asked with.
"""

import ast
import re
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from django.forms import Form
from django.urls import get_resolver

from regulars.integrations.email.tokens import Purpose
from regulars.web import access, forms
from tests.isolation.conftest import CAUGHT
from tests.isolation.planting import OWN, SAME, tenant_models

WEB = Path(forms.__file__).parents[1]
A_CONVERTER = re.compile(r"<\w+:(\w+)>")
API = ("regulars.rest", "regulars.graphql")  # asked by their own descriptions, in test_interfaces

# Names in URLs that are not their model's own.
CALLED = {
    "customer": "customers.Contact",
    "link": "customers.Link",
    "domain": "email.SendingDomain",
}
PURPOSES = {"opened": Purpose.OPEN, "clicked": Purpose.CLICK, "unsubscribe": Purpose.UNSUBSCRIBE}
# What names no row of a tenant's schema: (whoever it belongs to, the set, the entry) -> the word in the URL.
WORDS = {
    "key_id": lambda side, which, entry: side.key_id,
    "key": lambda side, which, entry: side.hook,
    "invitation_id": lambda side, which, entry: side.shared_keys["invitation"],
    "export_id": lambda side, which, entry: side.shared_keys["export"],
    "membership_id": lambda side, which, entry: side.shared_keys["membership"],
    "name": lambda side, which, entry: CAUGHT[side.word],
    "token": lambda side, which, entry: side.mail_token(PURPOSES[entry.verb], which),
    "page_id": lambda side, which, entry: "page_of_nobody",
}
# Parameters and fields that name a row: always asked with one of the victim's.
ROWS = {"with": "customers.Contact", "segment": "insight.Segment", "shop": "shop.Connection"}
# Parameters and fields that name none, and what they are asked with; the second lot is left out.
PLAIN = {
    "body": "Blackbird",
    "channel": "email",
    "city": "Ulm",
    "company": "Blackbird",
    "country_code": "DE",
    "currency": "EUR",
    "days": "365",
    "do": "save",
    "email": "same@example.com",
    "first_name": "Bo",
    "ground": "on the phone",
    "happened_on": "2026-03-01",
    "is_given": "True",
    "kind": "push",
    "language": "en",
    "last_name": "Ray",
    "name": "Blackbird",
    "password": "wrong",
    "percent": "10",
    "plan": "starter",
    "postal_address": "1 Lane",
    "present": "wrong",
    "rate": "1.5",
    "role": "owner",
    "scopes": "orders:read",
    "subject": "Blackbird",
    "theme": "dark",
    "time_zone": "UTC",
    "typed": "Blackbird",
    "url": "https://blackbird.example",
    "valid_from": "2026-03-01",
    "version": "1",
    "words": "same@",
}
LEFT_OUT = {
    "address",
    "block",
    "choice",
    "cursor",
    "evidence",
    "from",
    "key",
    "mark",
    "part",
    "period",
    "phone",
    "preview_text",
    "reach",
    "reply_to",
    "secret",
    "show",
    "sort",
    "stage",
    "starter",
    "status",
}
# Parameters that name the victim in another way.
ABOUT = {
    "next": lambda side: side.tenant.slug,
    "person": lambda side: side.person.pk.hex,
    "slug": lambda side: side.tenant.slug,
    "token": lambda side: side.hand_over(),
}


@dataclass(frozen=True)
class Entry:
    """One line of a list of URLs."""

    name: str
    pattern: str
    view: object

    @property
    def verb(self):
        return self.name.rpartition(":")[2]

    @property
    def arguments(self):
        return A_CONVERTER.findall(self.pattern)

    def address(self, side, which=SAME):
        """With the keys of this side's rows."""
        return "/" + A_CONVERTER.sub(lambda found: str(_argument(found[1], side, which, self)), self.pattern)


def entries(urlconf):
    """Every entry of a list of URLs but the interfaces' own."""
    found = []

    def walk(patterns, prefix, path):
        for pattern in patterns:
            here = path + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                walk(pattern.url_patterns, (*prefix, pattern.namespace), here)
            elif not pattern.callback.__module__.startswith(API):
                name = ":".join(filter(None, (*prefix, pattern.name)))
                found.append(Entry(name, here, pattern.callback))

    walk(get_resolver(urlconf).url_patterns, (), "")
    return found


def is_guarded(entry):
    return access.of(entry.view) in {"members", "owners"}


def label_of(argument):
    """The model that an argument called ``<noun>_id`` names a row of; None for what names none."""
    noun = argument.removesuffix("_id")
    if noun in CALLED:
        return CALLED[noun]
    found = [
        model._meta.label for model in tenant_models() if model._meta.model_name == noun.replace("_", "")
    ]
    return found[0] if argument.endswith("_id") and len(found) == 1 else None


def _argument(name, side, which, entry):
    if name in WORDS:
        return WORDS[name](side, which, entry)
    label = label_of(name)
    if label is None:
        raise AssertionError(
            f"{entry.name} takes {name!r}: add it to CALLED or WORDS in tests/isolation/entries.py"
        )
    return side.row(label, which).pk


def parameters():
    """The names of all parameters and fields that the web reads, from its source and its forms."""
    found = set()
    for path in WEB.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            found |= _read_by(node)
    for module in iter_modules(forms.__path__, f"{forms.__name__}."):
        for each in vars(import_module(module.name)).values():
            if isinstance(each, type) and issubclass(each, Form):
                found |= set(each.base_fields)
    return found


def _read_by(node):
    """``request.GET.get("x")``, ``request.POST["x"]``, ``given.getlist("x")``."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        source, key = node.func.value, node.args[0]
        if node.func.attr not in {"get", "getlist", "pop"}:
            return set()
    elif isinstance(node, ast.Subscript):
        source, key = node.value, node.slice
    else:
        return set()
    last = source.attr if isinstance(source, ast.Attribute) else getattr(source, "id", "")
    is_asked = (
        last in {"GET", "POST", "given"} and isinstance(key, ast.Constant) and isinstance(key.value, str)
    )
    return {key.value} if is_asked else set()


def said(side):
    """A value for every parameter; what names a row names one of this side's own."""
    about = {name: make(side) for name, make in ABOUT.items()}
    rows = {name: str(side.row(label, OWN).pk) for name, label in ROWS.items()}
    return PLAIN | about | rows


def unknown_parameters():
    return parameters() - set(PLAIN) - LEFT_OUT - set(ROWS) - set(ABOUT)
