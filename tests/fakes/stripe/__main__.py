"""A Stripe to try things out with: our prices, events to a running Regulars, a clock moved by hand.

    python -m tests.fakes.stripe --hooks http://localhost:8000/hooks/stripe/

Start Regulars with the three variables that are printed; then type: ``days 30``, ``state``, ``events``.
"""

import argparse
import sys
import time
import tomllib
from datetime import UTC, datetime
from pathlib import Path

from tests.fakes.stripe import Account, FakeStripe
from tests.fakes.stripe.server import KEY

PLANS = Path(__file__).parents[3] / "regulars/billing/plans.toml"


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=12111)
    options.add_argument("--hooks", default="", help="where events go")
    chosen = options.parse_args()
    account = Account(now=datetime.now(UTC))
    for plan in tomllib.loads(PLANS.read_text())["plan"]:  # without Django, which would have to be set up
        for currency, price in plan.get("month", {}).items():
            name = f"{plan['code']}_month_{currency.lower()}"
            account.add_price(name, round(price * 100), currency=currency.lower())
    account.events.url = chosen.hooks
    with FakeStripe(account=account, port=chosen.port) as fake:
        say(f"STRIPE_API_KEY={KEY} STRIPE_API_ADDRESS={fake.url}")
        say(f"STRIPE_WEBHOOK_SECRETS={account.events.secret},{account.events.thin_secret}")
        for line in commands(account):
            do(account, line.split())
            if chosen.hooks:
                say(f"events: {account.events.deliver()}")


def commands(account):
    """Lines typed; where nobody types (no terminal), the clock follows the wall."""
    while True:
        if sys.stdin.isatty():
            yield sys.stdin.readline()
        else:
            time.sleep(1)
            account.now = max(account.now, int(time.time()))
            yield ""


def do(account, words):
    match words:
        case ["days", count]:
            account.advance(days=int(count))
            say(account.moment.isoformat())
        case ["state"]:
            for row in account.subscriptions.values():
                say(f"{row['id']} {row['customer']} {row['status']}")
        case ["events"]:
            for event in account.events.all:
                say(f"{event['id']} {event['type']}")


def say(line):
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
