"""How fast a signed delivery is acknowledged, against an empty Django view with the same single INSERT."""

from collections.abc import Iterator
from statistics import median

from bench.bench import Figure
from bench.client import load
from bench.world import world

ROUNDS = 5
ROUND_SECONDS = 4.0
PACED_SECONDS = 20.0
PACED_RATE = 50  # deliveries a second
SECRET = "a secret for the bench"


def run() -> Iterator[Figure]:
    with world() as made:
        made.run(
            "create_tenant", "--slug", "acked", "--name", "Acked", "--email", "ack@example.com", login="owner"
        )
        shop = [
            "--tenant",
            "acked",
            "--kind",
            "woocommerce",
            "--url",
            "https://shop.example",
            "--secret",
            SECRET,
        ]
        path = (
            "/hooks/shop/" + made.run("connect_shop", *shop)["hook_url"].rstrip("/").rsplit("/", 1)[1] + "/"
        )
        with (
            made.web() as ours,
            made.web(application="bench.baseline_wsgi:application") as theirs,
            made.web(application="bench.bare_wsgi:application") as bare,
        ):
            rates: dict[int, list[float]] = {ours: [], theirs: [], bare: []}
            taken = {port: load(port=port, path=path, secret=SECRET, seconds=1.5)["taken"] for port in rates}
            for _ in range(ROUNDS):
                for port, seen in rates.items():
                    answer = load(port=port, path=path, secret=SECRET, seconds=ROUND_SECONDS)
                    assert answer["bad"] == 0, answer
                    seen.append(answer["rate"])
                    taken[port] += answer["taken"]
            paced = load(port=ours, path=path, secret=SECRET, seconds=PACED_SECONDS, rate=PACED_RATE)
            taken[ours] += paced["taken"]
        stored = made.count("SELECT count(*) FROM deliveries WHERE tenant <> 't_bench'")
    mine, baseline, floor = median(rates[ours]), median(rates[theirs]), median(rates[bare])
    print(f"bare WSGI {floor:.0f}/s; {taken[ours]} acknowledged, {stored} stored")
    assert stored == taken[ours]
    yield Figure(
        "ack",
        "rate",
        mine,
        "1/s",
        baseline=baseline,
        ratio=mine / baseline,
        target=">= 0.60",
        ok=mine >= 0.6 * baseline,
    )
    yield Figure("ack", "p99 at 50/s", paced["p99_ms"], "ms", target="<= 50", ok=paced["p99_ms"] <= 50)
