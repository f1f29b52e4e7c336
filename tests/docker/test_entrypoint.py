"""What the image runs, run without it: its entrypoint under production settings, with secrets as files."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from tests.cluster import free_port

ROOT = Path(__file__).resolve().parents[2]
ENTRYPOINT, HEALTHY = ROOT / "docker" / "entrypoint", ROOT / "docker" / "healthy"
DATABASE = f"image_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
PATIENCE_SECONDS = 120
MASTER_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


def in_database(url):
    return urlunsplit(urlsplit(url)._replace(path=f"/{DATABASE}"))


@pytest.fixture
def environment(tmp_path):
    """What a container gets, and nothing of ours: the secrets lie in files."""
    secrets = {
        "SECRET_KEY": "only-for-this-test",
        "REGULARS_MASTER_KEYS": MASTER_KEY,
        "DATABASE_URL": in_database(os.environ["TEST_APP_URL"]),
        "DATABASE_OWNER_URL": in_database(os.environ["TEST_OWNER_URL"]),
        "DATABASE_ADMIN_URL": os.environ["TEST_ADMIN_URL"],
        "REDIS_URL": f"{os.environ['TEST_REDIS_URL'].rstrip('/0')}/7",
    }
    given = {}
    for name, value in secrets.items():
        (tmp_path / name).write_text(f"{value}\n")
        given[f"{name}_FILE"] = str(tmp_path / name)
    yield {
        **given,
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "TMPDIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "regulars.settings.production",
        "REGULARS_HOME": str(tmp_path),
        "PUBLIC_HOST": "regulars.example",
        "WEB_BIND": f"127.0.0.1:{free_port()}",
        "WEB_CONCURRENCY": "1",
        "BEAT_SCHEDULE": str(tmp_path / "beat"),
    }
    with psycopg.connect(os.environ["TEST_ADMIN_URL"], autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")


def run(environment, *words):
    return subprocess.run([ENTRYPOINT, *words], env=environment, capture_output=True, text=True, timeout=120)


class TestTheEntrypoint:
    def test_makes_the_database_and_runs_every_process_until_it_is_told_to_end(self, environment, tmp_path):
        prepared = run(environment, "manage", "prepare_database", "--json")
        assert (prepared.stderr, prepared.stdout.splitlines()[-1]) == ("", f'{{"database": "{DATABASE}"}}')
        migrated = run(environment, "migrate")
        assert migrated.returncode == 0, migrated.stderr

        watched = {"web": environment}
        for name in ("worker", "owner", "scheduler"):
            watched[name] = {**environment, "REGULARS_HEARTBEAT": str(tmp_path / f"{name}-is-well")}
        logs = {name: (tmp_path / f"{name}.log").open("w+") for name in watched}
        processes = {
            name: subprocess.Popen(
                [ENTRYPOINT, name], env=watched[name], stdout=logs[name], stderr=logs[name]
            )
            for name in watched
        }
        try:
            well = wait_until_well(watched, processes)
        finally:
            for process in processes.values():
                process.send_signal(signal.SIGTERM)
            ended = {name: process.wait(PATIENCE_SECONDS) for name, process in processes.items()}
        said = {name: Path(log.name).read_text()[-2000:] for name, log in logs.items()}
        for log in logs.values():
            log.close()

        assert well == set(watched), said
        assert ended == dict.fromkeys(watched, 0), said

    def test_says_which_secret_cannot_be_read_and_starts_nothing(self, environment):
        done = run({**environment, "REDIS_URL_FILE": "/nowhere"}, "web")

        assert done.returncode == 1
        assert "REDIS_URL_FILE names /nowhere, which cannot be read." in done.stderr


def wait_until_well(watched, processes):
    """Ask docker/healthy of each until it says yes; those that came to be well."""
    well = set()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while well < set(watched) and time.monotonic() < deadline:
        if any(process.poll() is not None for process in processes.values()):
            break
        well |= {n for n in set(watched) - well if subprocess.run([HEALTHY], env=watched[n]).returncode == 0}
        time.sleep(1)  # each question is a process of its own
    return well


class TestHealthy:
    def test_believes_no_mark_that_is_older_than_a_minute(self, environment, tmp_path):
        mark = tmp_path / "mark"
        asked = {**environment, "REGULARS_HEARTBEAT": str(mark)}

        def is_well():
            return subprocess.run([HEALTHY], env=asked).returncode == 0

        assert not is_well()
        mark.touch()
        assert is_well()
        minute_ago = time.time() - 61
        os.utime(mark, (minute_ago, minute_ago))
        assert not is_well()
