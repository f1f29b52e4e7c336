"""Translations without a system gettext: ``python -m tools.translations extract|compile|check``.

Sources are Python files and templates; ``django.po`` is kept by hand, ``django.mo`` is compiled from it.
"""

import os
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "regulars"
CATALOGS = SOURCES / "web" / "locale"
PYTHON_WORDS = [
    "gettext",
    "gettext_lazy",
    "ngettext",
    "ngettext_lazy",
    "pgettext",
    "pgettext_lazy",
    "_",
    "_l",
]


def sources() -> Iterator[tuple[Path, bytes]]:
    """Every file that may hold texts, as Python source: templates are turned into it by Django."""
    for path in sorted(SOURCES.rglob("*")):
        if "migrations" in path.parts or "static" in path.parts:
            continue
        if path.suffix == ".py":
            yield path, path.read_bytes()
        elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
            from django.utils.translation.template import templatize

            # Lines without their indentation, which would not be Python's.
            lines = templatize(path.read_text(), origin=str(path)).splitlines()
            yield path, "\n".join(line.strip() for line in lines).encode()


def found() -> Catalog:
    """All texts of the sources, without translations."""
    catalog = Catalog(project="Regulars", charset="utf-8")
    for path, source in sources():
        place = str(path.relative_to(ROOT))
        for _, function, words, _ in extract_python(BytesIO(source), PYTHON_WORDS, [], {"encoding": "utf-8"}):
            message = _message(function, words)
            if message is not None:
                text, context = message
                catalog.add(text, locations=[(place, 0)], context=context)
    return catalog


def _message(function: str, words: object) -> tuple[str | tuple[str, str], str | None] | None:
    given = list(words) if isinstance(words, tuple) else [words]
    if function.startswith("pgettext"):
        return (str(given[1]), str(given[0])) if len(given) > 1 and given[1] else None
    if function.startswith("ngettext"):
        return ((str(given[0]), str(given[1])), None) if given[0] and given[1] else None
    return (str(given[0]), None) if given and given[0] else None


def catalogs() -> Iterator[tuple[Path, Catalog]]:
    for path in sorted(CATALOGS.glob("*/LC_MESSAGES/django.po")):
        with path.open("rb") as file:
            yield path, read_po(file, locale=path.parts[-3])


def extract() -> int:
    """Bring each django.po up to date with the sources; returns how many texts want a translation."""
    texts, missing = found(), 0
    for path, catalog in catalogs():
        catalog.update(texts, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        missing += sum(1 for message in catalog if message.id and not _is_whole(message))
        with path.open("wb") as file:
            write_po(file, catalog, width=110, sort_output=True, no_location=True, omit_header=False)
    return missing


def compiled() -> list[Path]:
    """Write each django.mo that is older than its django.po."""
    written = []
    for path, catalog in catalogs():
        target = path.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < path.stat().st_mtime:
            passing = target.with_suffix(f".{os.getpid()}")
            with passing.open("wb") as file:
                write_mo(file, catalog)
            passing.replace(target)
            written.append(target)
    return written


def complaints() -> list[str]:
    """What is missing, unfinished or no longer used in a catalog, one line each."""
    texts = {(message.id, message.context) for message in found() if message.id}
    said = []
    for path, catalog in catalogs():
        have = {(message.id, message.context): message for message in catalog if message.id}
        name = path.relative_to(ROOT)
        said += [f"{name}: not translated: {key[0]!r}" for key in sorted(texts - set(have), key=str)]
        said += [f"{name}: no longer used: {key[0]!r}" for key in sorted(set(have) - texts, key=str)]
        said += [
            f"{name}: not finished: {key[0]!r}" for key, message in have.items() if not _is_whole(message)
        ]
        said += [
            f"{name}: placeholders differ: {key[0]!r}" for key, message in have.items() if _differs(message)
        ]
    return said


def _is_whole(message: Message) -> bool:
    words = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return not message.fuzzy and all(words)


def _differs(message: Message) -> bool:
    return bool(_is_whole(message) and list(message.check()))


def main(verb: str) -> int:
    if verb == "extract":
        print(f"{extract()} texts want a translation")
        return 0
    if verb == "compile":
        for path in compiled():
            print(f"compiled {path.relative_to(ROOT)}")
        return 0
    said = complaints()
    print("\n".join(said) or "every text is translated")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "check"))
