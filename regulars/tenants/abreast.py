"""Several tenants' moves at a time, in processes of their own: a fork each, which takes what is next.

There is no queue that could lose an errand: the list is there before the fork, and a shared number says who
is next. A process whose parent is gone ends after the tenant in its hands.
"""

import os
import signal
from collections.abc import Iterator
from multiprocessing import connection as pipes
from multiprocessing import get_context
from multiprocessing.context import ForkProcess
from typing import Any, Protocol, cast

from regulars.platform import tenancy
from regulars.tenants.migrating import Late
from regulars.tenants.moves import Move
from regulars.tenants.routes import Route

MAX_WORKERS = 32
TENANTS_A_WORKER = 4  # fewer are not worth a process
FRESH_AFTER_TENANTS = 100  # a connection remembers the tables of every tenant it has seen

Errands = list[tuple[Late, Route]]


class Make(Protocol):
    """Move one tenant."""

    def __call__(self, late: Late, route: Route, /) -> Move: ...


class Stoppable(Protocol):
    """``stopped``, when it says something, ends the work after the tenants in hand."""

    stopped: str


def made(errands: Errands, *, make: Make, workers: int, report: Stoppable) -> Iterator[Move]:
    """Every errand's move as it ends. Raises what a process could not deal with, once all have ended."""
    share = min(workers, MAX_WORKERS, -(-len(errands) // TENANTS_A_WORKER))
    if share > 1:
        yield from _by_processes(errands, make, share, report)
        return
    for number, errand in enumerate(errands, start=1):
        if report.stopped:
            return
        yield make(*errand)
        if number % FRESH_AFTER_TENANTS == 0:
            tenancy.reconnect()


def _by_processes(errands: Errands, make: Make, workers: int, report: Stoppable) -> Iterator[Move]:
    tenancy.reconnect()  # two processes must not speak over one connection
    context = get_context("fork")
    following = context.Value("l", 0)
    processes: dict[Any, ForkProcess] = {}
    for _ in range(workers):
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(errands, make, following, theirs, os.getpid()))
        process.start()
        theirs.close()
        processes[ours] = process
    problem: Exception | None = None
    try:
        for said in _heard(processes):
            if isinstance(said, Exception):
                problem = problem or said
            elif isinstance(said, str):
                report.stopped = said
            else:
                yield said
            if problem or report.stopped:
                following.value = len(errands)
    finally:
        following.value = len(errands)
        for process in processes.values():
            process.join()
    if problem:
        raise problem


def _heard(processes: dict[Any, ForkProcess]) -> Iterator[Move | Exception | str]:
    """What the processes say until the last one ends; words for one that ended in an unknown way."""
    waiting = dict(processes)
    while waiting:
        for door in pipes.wait(list(waiting)):
            try:
                yield cast(Any, door).recv()
            except EOFError:
                process = waiting.pop(door)
                process.join()
                if process.exitcode:
                    yield f"A worker process ended with {process.exitcode}."


def _work(errands: Errands, make: Make, following: Any, door: Any, parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it, too, and says when to end
    done = 0
    while os.getppid() == parent:
        with following.get_lock():
            number = following.value
            following.value += 1
        if number >= len(errands):
            return
        try:
            door.send(make(*errands[number]))
        except Exception as problem:
            door.send(problem)
            return
        done += 1
        if done % FRESH_AFTER_TENANTS == 0:
            tenancy.reconnect()
