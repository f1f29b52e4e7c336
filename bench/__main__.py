"""``python -m bench [NAME]``: run all benches, or one. A table, then one JSON line a figure.

A bench is a module of this package with ``run()``, which yields figures; ``import_`` is called ``import``.
The exit code is 1 when a figure misses its target, 2 when a bench could not run.
"""

import sys
import time
import traceback
from importlib import import_module

from bench.bench import Figure, table

NAMES = (
    "ack",
    "provision",
    "migrate_noop",
    "migrate_addfield",
    "request",
    "list_pages",
    "import",
    "segment",
    "send",
    "freeze",
    "campaign_storm",
    "graphql_nested",
    "graphql_attacks",
    "isolation_threads",
)
KEYWORDS = {"import"}  # Python's own words take an underscore as module names


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        print(
            f"There is no bench called {', '.join(unknown)}: choose from {', '.join(NAMES)}.", file=sys.stderr
        )
        return 2
    figures: list[Figure] = []
    broken = []
    for name in names or NAMES:
        print(f"{name} …", file=sys.stderr, flush=True)
        began = time.monotonic()
        try:
            figures += import_module(f"bench.{name}{'_' if name in KEYWORDS else ''}").run()
        except Exception:
            traceback.print_exc()
            broken.append(name)
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    if figures:
        print(table(figures))
    for figure in figures:
        print(figure.line())
    if broken:
        print(f"Could not run: {', '.join(broken)}.", file=sys.stderr)
        return 2
    return 1 if any(figure.ok is False for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
