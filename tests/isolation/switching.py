"""Many threads that go from tenant to tenant, fail, roll back and lose their connection on the way."""

import random
import threading
from collections import Counter
from dataclasses import dataclass, field

import structlog
from django.db import DatabaseError, connection
from django.db.models import F

from regulars.crm_core.commerce import rates
from regulars.crm_core.customers.models import Contact
from regulars.platform import tenancy

WHO = "SELECT current_user, current_schema()"
SHARED = ("regulars_public", "public")
FAULTS = ("bug", "refused statement", "broken transaction", "broken savepoint", "lost connection", "aside")
A_FAULT_EVERY = 3  # switches
MAX_TOLD = 5  # wrong reads that are told in full


class Bug(Exception):
    """What a view or a task raises when it is wrong."""


@dataclass
class Seen:
    """What came of it. ``wrong`` counts reads of a tenant that was not the one at work, or of none."""

    switches: int = 0
    wrong: int = 0
    told: list = field(default_factory=list)
    faults: Counter = field(default_factory=Counter)


def storm(marks, *, threads, switches, seed=7):
    """Switch so many times in all; ``marks``: {schema: (name of its one contact, its currency)}."""
    seen, lock, start = [Seen() for _ in range(threads)], threading.Lock(), threading.Barrier(threads)
    left = iter(range(switches))

    def work(number):
        chance = random.Random(seed * 1000 + number)
        start.wait()
        try:
            while True:
                with lock:
                    if next(left, None) is None:
                        return
                _switch(marks, chance, seen[number])
        finally:
            connection.close()

    running = [threading.Thread(target=work, args=[number]) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    whole = Seen()
    for each in seen:
        whole.switches += each.switches
        whole.wrong += each.wrong
        whole.told += each.told[:MAX_TOLD]
        whole.faults += each.faults
    return whole


def _switch(marks, chance, seen):
    schema = chance.choice(list(marks))
    fault = chance.choice(FAULTS) if chance.random() < 1 / A_FAULT_EVERY else None
    try:
        with tenancy.opened(schema):
            _look(schema, marks, seen)
            if fault:
                _fail(fault, chance.choice(list(marks)), seen)
                _look(schema, marks, seen)
    except (Bug, DatabaseError):
        seen.faults[fault] += 1
    seen.switches += 1
    _compare(seen, "after", tenancy.rows(WHO)[0], SHARED)
    _compare(seen, "log", structlog.contextvars.get_contextvars().get("tenant"), None)


def _look(schema, marks, seen):
    """Everything that knows its tenant: role, path, rows, what a process remembers, the log."""
    _compare(seen, "role and path", tenancy.rows(WHO)[0], (schema, schema))
    found = (list(Contact.objects.values_list("name", flat=True)), rates.base())
    _compare(seen, "rows", found, ([marks[schema][0]], marks[schema][1]))
    _compare(seen, "log", structlog.contextvars.get_contextvars().get("tenant"), schema)


def _fail(fault, other, seen):
    if fault == "bug":
        raise Bug
    if fault == "refused statement":
        tenancy.execute("SELECT 1 FROM public.data_keys")
    if fault == "lost connection":
        connection.close()
        seen.faults[fault] += 1
    if fault == "aside":
        with tenancy.shared():
            _compare(seen, "aside", tenancy.rows(WHO)[0], SHARED)
        with tenancy.opened(other):
            _compare(seen, "other", tenancy.rows(WHO)[0], (other, other))
        seen.faults[fault] += 1
    if fault == "broken transaction":
        _visit(other)
        _look_at(other, seen)
        seen.faults[fault] += 1
    if fault == "broken savepoint":
        with tenancy.atomic():
            _visit(other)
            _look_at(other, seen)
        seen.faults[fault] += 1


def _visit(other):
    """Enter another tenant in a transaction or savepoint that is undone: the server goes back, too."""
    try:
        with tenancy.atomic(), tenancy.opened(other):
            Contact.objects.update(name=F("name"))
            tenancy.execute("SELECT 1 FROM public.data_keys")
    except DatabaseError:
        pass


def _look_at(other, seen):
    """What is taken for the role in force must be what the server went back to."""
    with tenancy.opened(other):
        _compare(seen, "after a rollback", tenancy.rows(WHO)[0], (other, other))


def _compare(seen, what, found, expected):
    if found != expected:
        seen.wrong += 1
        seen.told.append(f"{what}: {found}, not {expected}")
