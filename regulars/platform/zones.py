"""Time zones by their IANA names."""

import zoneinfo
from functools import cache


@cache
def names() -> frozenset[str]:
    """Every name this machine knows. Read once: Python walks the whole zone database for it."""
    return frozenset(zoneinfo.available_timezones())
