"""What ``make run`` promises: ready, found by operators' commands, one a folder, gone with Ctrl-C, and no
trouble after a killed run."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.cluster import free_port

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 90
HIDDEN = ("TEST_", "DATABASE_", "REDIS_", "DJANGO_", "EMAIL_", "PYTEST_")


class Running:
    """A run of its own folder and port, with its output."""

    def __init__(self, home, port):
        self.home, self.port = home, port
        self.output = home / "output.txt"
        self.start()

    def start(self):
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tools.run"],
                cwd=ROOT,
                env=environment(self.home, self.port),
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def said(self):
        return self.output.read_text()

    def wait_until_ready(self):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if "Regulars is ready" in self.said():
                return self
            assert self.process.poll() is None, self.said()
            time.sleep(0.2)
        raise AssertionError(self.said())

    def pids(self):
        return list(json.loads((self.home / "services.json").read_text())["pids"].values())

    def manage(self, *words):
        done = subprocess.run(
            [sys.executable, "manage.py", *words, "--json"],
            cwd=ROOT,
            env=environment(self.home, self.port),
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stdout.strip().splitlines(), done.stderr.strip().splitlines()


def environment(home, port):
    kept = {name: word for name, word in os.environ.items() if not name.startswith(HIDDEN)}
    return {**kept, "REGULARS_HOME": str(home), "PORT": str(port), "REGULARS_DEMO": "no"}


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def are_gone(pids):
    deadline = time.monotonic() + 25
    while time.monotonic() < deadline and any(map(is_alive, pids)):
        time.sleep(0.2)
    return not any(map(is_alive, pids))


@pytest.fixture
def home(tmp_path):
    for part in (tmp_path, *tmp_path.parents[:3]):
        part.chmod(0o755)  # PostgreSQL's user must be able to enter; pytest's folders are private
    yield tmp_path / "home"
    shutil.rmtree(tmp_path / "home", ignore_errors=True)


@pytest.fixture
def running(home):
    home.mkdir()
    started = Running(home, free_port())
    yield started
    if started.process.poll() is None:
        started.process.send_signal(signal.SIGINT)
        started.process.wait(30)


def test_runs_is_found_survives_being_killed_and_leaves_nothing(running):
    running.wait_until_ready()
    with urllib.request.urlopen(f"http://127.0.0.1:{running.port}/readyz") as answer:
        assert json.load(answer) == {"database": True, "migrations": True}
    words = ["--slug", "teahouse", "--name", "Tea House", "--email", "jo@teahouse.example"]
    code, lines, _ = running.manage("create_tenant", *words)
    assert code == 0
    answer = json.loads(lines[-1])
    assert (answer["tenant"], answer["host"]) == ("teahouse", f"teahouse.localhost:{running.port}")

    second = subprocess.run(
        [sys.executable, "-m", "tools.run"],
        cwd=ROOT,
        env=environment(running.home, free_port()),
        capture_output=True,
        text=True,
    )
    assert second.returncode == 1
    assert second.stdout.startswith("Regulars already runs from")
    assert len(second.stdout.strip().splitlines()) == 1

    pids = running.pids()
    running.process.send_signal(signal.SIGKILL)
    running.process.wait()
    assert are_gone(pids), "a killed run leaves orphans"

    began = time.monotonic()
    running.start()
    running.wait_until_ready()
    assert time.monotonic() - began < 30
    assert running.manage("create_api_key", "--tenant", "teahouse")[0] == 0, "the data is kept"

    pids = running.pids()
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(40) == 0
    assert not any(map(is_alive, pids))
    assert not (running.home / "services.json").exists()
    code, _, complaints = running.manage("create_tenant", *words)
    assert code == 1
    assert len(complaints) == 1
    assert "make run" in complaints[0]


def test_says_in_one_line_that_a_port_is_in_use(home):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "tools.run"],
            cwd=ROOT,
            env=environment(home, port),
            capture_output=True,
            text=True,
        )

    assert done.returncode == 1
    assert done.stdout == f"Port {port} is in use. Choose another: make run PORT={port + 1}\n"
