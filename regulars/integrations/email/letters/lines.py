"""Words on one line."""

from functools import lru_cache

MAX_VALUE_CHARS = 200
KEPT_LINES = 20_000
JOINERS = "\u200c\u200d"  # not printable by themselves, but parts of Persian words and of emoji


@lru_cache(maxsize=KEPT_LINES)
def line(words: str, most: int = MAX_VALUE_CHARS) -> str:
    """The words without line breaks and control characters, so that nothing in them can end a header."""
    if words.isprintable():
        return words[:most].strip()
    return "".join(sign if sign.isprintable() or sign in JOINERS else " " for sign in words[:most]).strip()
