"""An outside client: a process of its own that posts bodies over kept-alive connections.

``python -m bench.client PORT PATH SECRET SECONDS CONNECTIONS RATE`` prints one JSON object: how many were
answered 200, the rate, and latencies in milliseconds. RATE 0 means as fast as possible.
"""

import http.client
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from bench.world import signed

SAMPLE = (
    Path(__file__).resolve().parents[1]
    / "tests/fixtures/shops/woocommerce/special.order.updated.partial_refund.json"
)


def bodies(worker: int, secret: str):
    """Endless different orders of a real shape, signed ahead of time in small batches."""
    order = json.loads(json.loads(SAMPLE.read_text())["raw_body"])
    # Never the same order twice, also not in another round: an equal delivery would not be stored.
    number = (os.getpid() * 100 + worker) * 10_000_000
    while True:
        number += 1
        order["id"], order["number"] = number, str(number)
        body = json.dumps(order, separators=(",", ":")).encode()
        yield body, signed(body, secret=secret, topic="order.updated")


def post(port, path, secret, worker, until, gap_seconds, ready, results):
    door = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    made = bodies(worker, secret)
    batch = [next(made) for _ in range(400)]
    ready.wait()
    taken, latencies, bad = 0, [], 0
    next_at = time.perf_counter()
    while time.perf_counter() < until[0]:
        if gap_seconds:
            next_at += gap_seconds
            time.sleep(max(next_at - time.perf_counter(), 0))
        body, headers = batch[taken] if taken < len(batch) else next(made)
        began = time.perf_counter()
        door.request("POST", path, body=body, headers=headers)
        answer = door.getresponse()
        answer.read()
        latencies.append((time.perf_counter() - began) * 1000)
        bad += answer.status != 200
        taken += 1
    results.append((taken, bad, latencies))


def load(*, port: int, path: str, secret: str, seconds: float, connections: int = 8, rate: float = 0) -> dict:
    """Run the client in its own process; returns what it printed."""
    words = [port, path, secret, seconds, connections, rate]
    command = [sys.executable, "-m", "bench.client", *map(str, words)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=SAMPLE.parents[4])
    return json.loads(done.stdout)


def main(port, path, secret, seconds, connections, rate):
    results, until = [], [0.0]
    ready = threading.Barrier(int(connections) + 1)
    gap = int(connections) / float(rate) if float(rate) else 0
    threads = [
        threading.Thread(target=post, args=(int(port), path, secret, n, until, gap, ready, results))
        for n in range(int(connections))
    ]
    for thread in threads:
        thread.start()
    until[0] = time.perf_counter() + float(seconds) + 3600
    ready.wait()
    began = time.perf_counter()
    until[0] = began + float(seconds)
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    latencies = sorted(latency for _, _, each in results for latency in each)
    taken, bad = sum(each[0] for each in results), sum(each[1] for each in results)
    print(
        json.dumps(
            {
                "taken": taken,
                "bad": bad,
                "rate": taken / took,
                "p50_ms": latencies[len(latencies) // 2],
                "p99_ms": latencies[int(len(latencies) * 0.99)],
                "max_ms": latencies[-1],
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
