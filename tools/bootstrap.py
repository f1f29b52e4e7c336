"""The environment of a bare machine: ``python3 tools/bootstrap.py .venv``. Standard library only.

Makes the virtual environment, brings uv into it, and has uv install exactly what requirements.lock names.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOME = Path(os.environ.get("REGULARS_HOME", ROOT / ".regulars"))
OLDEST = (3, 11)


def main(venv: Path) -> int:
    if sys.version_info < OLDEST:
        return _stop(
            f"Regulars needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {sys.version.split()[0]}. "
            "Name another one: make PYTHON=python3.12 run"
        )
    environment = _environment()
    python = venv / "bin" / "python"
    if not python.exists():
        print("Making the environment", flush=True)
        if subprocess.run([sys.executable, "-m", "venv", str(venv)]).returncode:
            return _stop(
                "Python cannot make virtual environments here (on Debian: apt install python3-venv)."
            )
    uv = venv / "bin" / "uv"
    if not uv.exists():
        command = [
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--require-hashes",
            "-r",
            "requirements-uv.lock",
        ]
        if subprocess.run(command, cwd=ROOT, env=environment).returncode:
            return _stop("pip could not fetch uv: is there a network?")
    print("Installing what requirements.lock names", flush=True)
    locks = ["requirements.lock", "requirements-uv.lock"]
    if shutil.which("npm") is None:
        locks.append("requirements-node.lock")
    command = [str(uv), "pip", "sync", "--quiet", "--require-hashes", "--python", str(python), *locks]
    if subprocess.run(command, cwd=ROOT, env=environment).returncode:
        return _stop("The packages could not be installed: is there a network, and room on the disk?")
    return 0


def _environment() -> dict[str, str]:
    """An unwritable home must not matter: caches fall back to our own state folder."""
    environment = dict(os.environ)
    for name, usual in (
        ("UV_CACHE_DIR", Path.home() / ".cache/uv"),
        ("PIP_CACHE_DIR", Path.home() / ".cache/pip"),
    ):
        place = Path(environment.get(name, usual))
        try:
            place.mkdir(parents=True, exist_ok=True)
            (place / ".writable").touch()
            (place / ".writable").unlink()
        except OSError:
            environment[name] = str(HOME / "cache" / name.split("_")[0].lower())
    return environment


def _stop(words: str) -> int:
    print(words, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
