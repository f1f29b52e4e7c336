"""A release's way to all tenants: a spare schema and the canaries first, then the rest, several at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from regulars.platform import errors, tenancy
from regulars.tenants import abreast, migrating, moves, routes
from regulars.tenants.migrating import Late
from regulars.tenants.models import Tenant
from regulars.tenants.moves import Move, Patience
from regulars.tenants.routes import Route

ALONE = "migrate_tenants"
# When so many failed, and more than went well, the migration itself is broken: the others stay as they are.
MOST_FAILURES = 10
UNREADABLE = "Its django_migrations cannot be read."

Errand = tuple[Late, Route]
Tell = Callable[[int, int, Move], object]


class AnotherIsAtWork(errors.Refused):
    code = "another_is_at_work"


class UnknownCanary(errors.NotFound):
    code = "unknown_canary"


@dataclass
class Survey:
    """Who is behind and which way each has to go. ``ahead``: had migrations unknown to this release."""

    errands: list[Errand] = field(default_factory=list)
    ahead: list[Late] = field(default_factory=list)
    unreadable: list[Late] = field(default_factory=list)


@dataclass
class Report:
    """``left`` were not tried this time, and ``stopped`` says why."""

    public: list[str] = field(default_factory=list)
    moved: list[Move] = field(default_factory=list)
    quarantined: list[Move] = field(default_factory=list)
    ahead: list[Late] = field(default_factory=list)
    left: list[Late] = field(default_factory=list)
    stopped: str = ""

    def add(self, move: Move) -> None:
        (self.quarantined if move.problem else self.moved).append(move)
        if len(self.quarantined) >= MOST_FAILURES and len(self.quarantined) > len(self.moved):
            self.stopped = "Most of those tried have failed: the migration itself may be wrong."


def surveyed() -> Survey:
    """Asks the shared tables who is behind, and one schema of each version what it has had."""
    survey = Survey()
    if not (late := migrating.behind()):
        return survey
    known = routes.Routes()
    for each, applied in _starting_points(late):
        if applied is None:
            survey.unreadable.append(each)
        elif route := known.of(applied):
            survey.errands.append((each, route))
        else:
            survey.ahead.append(each)
    return survey


def run(
    *,
    at: datetime,
    workers: int = 1,
    canaries: tuple[str, ...] = (),
    patience: Patience | None = None,
    tell: Tell = lambda done, total, move: None,
) -> Report:
    """The public schema first, then every tenant that is behind; who fails is put in quarantine.

    ``canaries`` are slugs: they go before all others, and when one of the first fails nobody follows. A run
    that was ended is gone on with by the next. Raises AnotherIsAtWork, UnknownCanary, and OperationalError
    when the server goes away.
    """
    with tenancy.alone(ALONE) as is_alone:
        if not is_alone:
            raise AnotherIsAtWork("Another migrate_tenants is at work in this database.")
        report = Report(public=migrating.migrate_shared())
        _check(canaries)
        moves.free_the_current()
        survey = surveyed()
        report.ahead = survey.ahead
        for each in survey.unreadable:
            report.add(moves.quarantine(each, UNREADABLE, at=at))
        make = partial(moves.make, at=at, patience=patience or Patience())
        tried = set()
        for move in _moves(survey.errands, report, make=make, canaries=canaries, workers=workers):
            report.add(move)
            tried.add(move.late.pk)
            tell(len(tried), len(survey.errands), move)
        report.left = [late for late, _ in survey.errands if late.pk not in tried]
    return report


def _starting_points(late: list[Late]) -> list[tuple[Late, routes.Applied | None]]:
    samples = {each.version: each for each in reversed(late) if each.version}
    asked = [*samples.values(), *(each for each in late if not each.version)]
    points = routes.starting_points(each.schema for each in asked)
    # A sample that cannot be read says nothing of the others.
    unclear = {version for version, sample in samples.items() if points[sample.schema] is None}
    more = routes.starting_points(each.schema for each in late if each.version in unclear)
    points.update(more)
    found = []
    for each in late:
        one = each if each.schema in points else samples[each.version]
        found.append((each, points[one.schema]))
    return found


def _moves(
    errands: list[Errand], report: Report, *, make: abreast.Make, canaries: tuple[str, ...], workers: int
) -> Iterator[Move]:
    first, rest = _in_order(errands, canaries)
    for late, route in first:
        yield (move := make(late, route))
        if move.problem:
            report.stopped = f"{late.name} went first and failed, so nobody followed."
            return
    waiting = []
    for late, route in rest:
        if report.stopped:
            return
        if route.is_plain and route.missing and not route.script:
            yield make(late, route)  # it leaves the script for its equals
        else:
            waiting.append((late, route))
    yield from abreast.made(waiting, make=make, workers=workers, report=report)


def _in_order(errands: list[Errand], canaries: tuple[str, ...]) -> tuple[list[Errand], list[Errand]]:
    """Who goes first: a spare schema, where nobody lives, and the canaries. Last: who failed before."""
    with tenancy.shared():
        held = set(Tenant.objects.exclude(quarantined_at=None).values_list("pk", flat=True))
    spare = next((late for late, _ in errands if late.is_spare and late.pk not in held), None)
    first = [each for each in errands if each[0] is spare or each[0].slug in canaries]
    first.sort(key=lambda errand: errand[0] is not spare)
    rest = [each for each in errands if each not in first]
    rest.sort(key=lambda errand: (errand[0].pk in held, errand[0].is_spare))
    return first, rest


def _check(canaries: tuple[str, ...]) -> None:
    with tenancy.shared():
        known = set(Tenant.objects.filter(slug__in=canaries).values_list("slug", flat=True))
    for slug in canaries:
        if slug not in known:
            raise UnknownCanary(f"There is no tenant called {slug!r}.")
