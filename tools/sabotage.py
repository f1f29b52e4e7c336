"""``make sabotage``: break one lock at a time in a scratch copy; the tests must turn red each time.

The exit code is 1 when a change went unnoticed or a text to change is not there, 2 when the tests are red
before anything was changed.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from tools.sabotages import SABOTAGES, Sabotage

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("regulars", "tests", "tools", "bench", "docs", "docker", "pyproject.toml", "manage.py", "Makefile")
LEFT = shutil.ignore_patterns(".hypothesis", "screenshots")
MOST_SECONDS = 600  # of one run of tests
A_FAILURE = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)
REFUSED = re.compile(r"^The tests log in with powers.*", re.MULTILINE)
GREEN = 0
UNNOTICED = "THE TESTS STAYED GREEN"


def main(words: list[str]) -> int:
    chosen = [each for each in SABOTAGES if not words or any(word in each.name for word in words)]
    if missing := [each.name for each in chosen if not stands(each)]:
        print("The text to change does not stand exactly once: " + "; ".join(missing), file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="regulars-sabotage-") as folder:
        scratch = Path(folder)
        _copy(scratch)
        import tests.environment  # noqa: F401 - starts the services that all runs share

        code, said, seconds = _tests(scratch, sorted({test for each in chosen for test in each.tests}))
        if code != GREEN:
            print(f"The tests are red before anything was changed:\n{said}", file=sys.stderr)
            return 2
        _tell("nothing", "all green", seconds)
        unnoticed = [each.name for each in chosen if not _noticed(scratch, each)]
    told = f"{len(chosen) - len(unnoticed)} of {len(chosen)} were noticed"
    print(told + (f"; unnoticed: {'; '.join(unnoticed)}" if unnoticed else ""))
    return 1 if unnoticed else 0


def stands(each: Sabotage) -> bool:
    """Whether the text to change is there exactly once."""
    return (ROOT / each.path).read_text().count(each.old) == 1


def _noticed(scratch: Path, each: Sabotage) -> bool:
    path = scratch / each.path
    before = path.read_text()
    path.write_text(before.replace(each.old, each.new))
    try:
        code, said, seconds = _tests(scratch, each.tests, afresh=each.is_prepared)
    finally:
        path.write_text(before)
    red = A_FAILURE.findall(said) or REFUSED.findall(said)
    _tell(each.name, _short(red) if red else UNNOTICED if code == GREEN else "no test ran", seconds)
    return bool(red)


def _tests(scratch: Path, tests: Iterable[str], *, afresh: bool = False) -> tuple[int, str, float]:
    """Exit code, output and seconds. ``afresh``: with services and a database of its own."""
    shared = {name: word for name, word in os.environ.items() if not (afresh and name.startswith("TEST_"))}
    began = time.monotonic()
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-n",
        "0",
        "--tb",
        "no",
        "-rfE",
        "-p",
        "no:cacheprovider",
        *tests,
    ]
    done = subprocess.run(
        command,
        cwd=scratch,
        env=shared,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=MOST_SECONDS,
    )
    return done.returncode, done.stdout, time.monotonic() - began


def _copy(scratch: Path) -> None:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, scratch / name, ignore=LEFT)
        else:
            shutil.copy2(source, scratch / name)


def _short(red: list[str]) -> str:
    first = red[0].rpartition("tests/")[2]
    return first + (f" and {len(red) - 1} more" if len(red) > 1 else "")


def _tell(change: str, red: str, seconds: float) -> None:
    print(f"{change:<58} {seconds:>4.0f} s  {red}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
