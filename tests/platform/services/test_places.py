import os
import shutil
import subprocess

import pytest

from regulars.platform.services import places
from tests.cluster import BIN


@pytest.fixture
def private(tmp_path, monkeypatch):
    """The wheel's programs below a folder that nobody else may enter, as in root's own home."""
    site = tmp_path / "private" / "site-packages"
    package = BIN.parents[1]
    for part in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, site / part.name, symlinks=True)
    (tmp_path / "private").chmod(0o700)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for part in (elsewhere, *tmp_path.parents[:3], tmp_path):
        part.chmod(0o755)
    monkeypatch.setattr(places, "ELSEWHERE", elsewhere)
    monkeypatch.setattr(places, "binaries", lambda: site / package.name / "pginstall" / "bin")
    return elsewhere


class TestEnterableBinaries:
    def test_gives_a_copy_that_runs_where_the_user_of_postgresql_could_not_enter(self, private, monkeypatch):
        who = places.user()  # nobody when we are root, else ourselves: then only the copy is tried
        monkeypatch.setattr(places, "user", lambda: who or {"user": os.geteuid()})

        folder = places.enterable_binaries()
        done = subprocess.run([folder / "initdb", "--version"], capture_output=True, text=True, **who)

        assert private in folder.parents
        assert done.stdout.startswith("initdb (PostgreSQL) 18"), done.stderr
        assert places.enterable_binaries() == folder

    def test_leaves_programs_alone_that_everybody_may_run(self, monkeypatch):
        monkeypatch.setattr(places, "user", lambda: {"user": places.NOBODY})
        monkeypatch.setattr(places, "_is_enterable", lambda _: True)

        assert places.enterable_binaries() == places.binaries()
