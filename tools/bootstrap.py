"""The environment of a bare machine: ``python3 tools/bootstrap.py .venv``. Standard library only.

Makes the virtual environment, brings uv into it, and has uv install exactly what requirements.lock names.
Must be readable by Pythons older than ours, so that they can be told.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOME = Path(os.environ.get("REGULARS_HOME", str(ROOT / ".regulars"))).resolve()
OLDEST = (3, 11)
IS_USABLE = "import sys; sys.exit(sys.version_info < (3, 11))"
NETWORK_OR_ROOM = "Is there a network, and room on the disk?"


class Stop(Exception):
    """One line that says what to do."""


def main(venv: Path) -> None:
    """Raises Stop with what this machine lacks."""
    if sys.version_info < OLDEST:
        raise Stop(
            f"Regulars needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {sys.version.split()[0]}. "
            "Name another one: make PYTHON=python3.12 run"
        )
    environment = writable_caches()
    python, uv = venv / "bin" / "python", venv / "bin" / "uv"
    if not _is_usable(python, uv):
        _make_environment(venv)
    if not uv.exists():
        command = [str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "-r"]
        run([*command, "requirements-uv.lock"], environment, "pip could not fetch uv.", NETWORK_OR_ROOM)
    print("Installing what requirements.lock names", flush=True)
    locks = ["requirements.lock", "requirements-uv.lock"]
    if shutil.which("npm") is None:
        locks.append("requirements-node.lock")
    # Compiled once: where Python may not write bytecode, each process would compile for seconds at its start.
    command = [str(uv), "pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode"]
    command += ["--python", str(python), *locks]
    run(command, environment, "The packages could not be installed.", NETWORK_OR_ROOM)


def writable_caches() -> "dict[str, str]":
    """The environment for pip, uv and npm. An unwritable home must not matter: their caches move to ours."""
    environment = dict(os.environ)
    usual_home = Path(os.path.expanduser("~"))
    for name, usual in (
        ("UV_CACHE_DIR", ".cache/uv"),
        ("PIP_CACHE_DIR", ".cache/pip"),
        ("npm_config_cache", ".npm"),
    ):
        place = Path(environment.get(name, str(usual_home / usual)))
        try:
            place.mkdir(parents=True, exist_ok=True)
            (place / ".writable").touch()
            (place / ".writable").unlink()
        except OSError:
            environment[name] = str(HOME / "cache" / name.split("_")[0].lower())
    return environment


def _is_usable(python: Path, uv: Path) -> bool:
    """Does the environment's Python run, is it new enough, and can it fetch? (Half-made ones have no pip.)"""
    script = IS_USABLE if uv.exists() else "import pip; " + IS_USABLE
    if not python.exists():
        return False
    return subprocess.run([str(python), "-c", script], stderr=subprocess.DEVNULL).returncode == 0


def _make_environment(venv: Path) -> None:
    print("Making the environment", flush=True)
    if (venv / "pyvenv.cfg").exists():
        shutil.rmtree(venv, ignore_errors=True)
    try:
        run([sys.executable, "-m", "venv", str(venv)], dict(os.environ), "", "")
    except Stop as problem:
        if (venv / "pyvenv.cfg").exists():
            shutil.rmtree(venv, ignore_errors=True)
        if "ensurepip" in str(problem) or "No module named venv" in str(problem):
            raise Stop(
                "Python cannot make virtual environments here. On Debian: apt install python3-venv"
            ) from None
        raise Stop(f"The environment could not be made.{problem}") from None


def run(command: "list[str]", environment: "dict[str, str]", failed: str, advice: str) -> None:
    """Run quietly. Raises Stop with what failed, the program's reason, and the advice, on one line."""
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        said = (
            " ".join(line.strip() for line in done.stdout.splitlines() if line.strip()) or "no reason given"
        )
        raise Stop(f"{failed} {advice} ({said[-400:]})".lstrip())


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]).absolute())
    except (Stop, OSError) as stop:
        sys.exit(str(stop))
