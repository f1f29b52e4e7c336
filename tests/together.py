"""Calls that meet: each in a thread with a connection of its own, so their work must be committed."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection

from regulars.platform import tenancy


def at_once(tenant, *calls):
    """What each call returned; all start together. ``tenant``: a schema name."""
    barrier = Barrier(len(calls))

    def run(call):
        try:
            with tenancy.opened(tenant):
                barrier.wait(timeout=30)
                return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
