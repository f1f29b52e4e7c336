"""How long a real file of orders takes, figures included, against COPY of the same rows and one aggregate.

``DATA`` names the file (Online Retail, .csv or .csv.zst). The baseline is what no import can go below: the
cells of the file sent as they are into one table without an index, and one sum per customer.
"""

import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import psycopg
import zstandard

from bench.bench import Figure
from bench.world import ROOT, World, world

BASELINE_ROUNDS = 3
MAX_TIMES = 30
MAX_MEMORY_MB = 600
LOOK_EVERY_SECONDS = 0.1
BLOCK_BYTES = 1 << 20
TABLE = """
CREATE TABLE bare (number text, sku text, title text, quantity numeric, at timestamp, price numeric,
    customer text, country text)
"""
AGGREGATE = """
CREATE TABLE sums AS SELECT customer, count(DISTINCT number) AS orders, sum(quantity * price) AS spent,
    min(at) AS first_at, max(at) AS last_at
FROM bare WHERE customer <> '' GROUP BY customer
"""


def run() -> Iterator[Figure]:
    path = os.environ.get("DATA")
    if not path:
        print("import: give the file as DATA=path/to/online_retail.csv.zst", file=sys.stderr)
        return
    data = Path(path).resolve()
    with world() as made:
        made.run(
            *("create_tenant", "--slug", "retail", "--name", "Retail", "--email", "retail@example.com"),
            *("--currency", "GBP", "--time-zone", "Europe/London"),
            login="owner",
        )
        bare = median(_bare(made, data) for _ in range(BASELINE_ROUNDS))
        with _memory(made) as peak:
            first, own_mb = _imported(made, data)
        again, _ = _imported(made, data)
        customers = made.count(f"SELECT count(*) FROM {_schema(made)}.insight_customermetrics")
    assert customers > 0
    yield Figure(
        "import", "import and figures", first, "s", baseline=bare, ratio=first / bare,
        target=f"<= {MAX_TIMES} x", ok=first <= MAX_TIMES * bare,
    )  # fmt: skip
    yield Figure("import", "the same file again", again, "s", baseline=bare, ratio=again / bare)
    target = f"<= {MAX_MEMORY_MB}"
    yield Figure("import", "peak RSS", own_mb, "MB", target=target, ok=own_mb <= MAX_MEMORY_MB)
    whole_mb = own_mb + peak[0]
    yield Figure(
        "import", "with PostgreSQL's own memory", whole_mb, "MB", target=target, ok=whole_mb <= MAX_MEMORY_MB
    )


def _bare(made: World, data: Path) -> float:
    with psycopg.connect(made.cluster.url("postgres", "regulars"), autocommit=True) as admin:
        admin.execute("DROP TABLE IF EXISTS bare, sums")
        admin.execute(TABLE)
        began = time.perf_counter()
        with (
            _opened(data) as file,
            admin.cursor().copy("COPY bare FROM STDIN (FORMAT csv, HEADER true)") as copy,
        ):
            while block := file.read(BLOCK_BYTES):
                copy.write(block)
        admin.execute(AGGREGATE)
        took = time.perf_counter() - began
        admin.execute("DROP TABLE bare, sums")
    return took


@contextmanager
def _opened(data: Path) -> Iterator[io.BufferedIOBase]:
    with data.open("rb") as file:
        if data.suffix == ".zst":
            yield zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
        else:
            yield file


def _imported(made: World, data: Path) -> tuple[float, float]:
    """Seconds of the whole command, its own start included, and its peak resident memory in MB."""
    command = [sys.executable, "manage.py", "import_orders", str(data)]
    command += ["--tenant", "retail", "--mapping", "online_retail", "--json"]
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, env=made.environment, stdout=subprocess.DEVNULL) as running:
        _, status, used = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
    took = time.perf_counter() - began
    assert running.returncode == 0, "import_orders failed"
    return took, used.ru_maxrss / 1024


@contextmanager
def _memory(made: World) -> Iterator[list[float]]:
    """The largest sum seen of what PostgreSQL's processes hold for themselves, in MB (Linux)."""
    with psycopg.connect(made.cluster.url("postgres", "regulars")) as admin:
        postmaster = _status(Path(f"/proc/{admin.info.backend_pid}"))["PPid"]
    peak, stop = [0.0], threading.Event()

    def look() -> None:
        while not stop.wait(LOOK_EVERY_SECONDS):
            peak[0] = max(
                peak[0], sum(_anonymous_kb(path, postmaster) for path in Path("/proc").glob("[0-9]*")) / 1024
            )

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        stop.set()
        watcher.join()


def _anonymous_kb(process: Path, parent: str) -> int:
    told = _status(process)
    return int(told.get("RssAnon", "0").split()[0]) if told.get("PPid") == parent else 0


def _status(process: Path) -> dict[str, str]:
    """What Linux tells of a process; nothing when it has ended."""
    try:
        lines = (process / "status").read_text().splitlines()
    except OSError:
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _schema(made: World) -> str:
    with psycopg.connect(made.cluster.url("postgres", "regulars")) as admin:
        return str(
            admin.execute("SELECT schema_name FROM tenants_tenant WHERE slug = 'retail'").fetchone()[0]
        )
