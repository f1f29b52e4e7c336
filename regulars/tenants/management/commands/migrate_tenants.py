"""``migrate_tenants``: the public schema, then every tenant that is behind, then spare schemas."""

import time
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.conf import settings
from django.utils import timezone

from regulars.platform import errors
from regulars.platform.operators import OperatorCommand
from regulars.platform.progress import Bar
from regulars.tenants import abreast, migrating, provisioning, rollout
from regulars.tenants.migrating import Late
from regulars.tenants.moves import Move

WORKERS = 2
NAMED_AT_MOST = 10
SOME_IN_QUARANTINE = 3  # the exit code when all others are at this release


class NotTheOwner(errors.Refused):
    code = "not_the_owner"


class Command(OperatorCommand):
    help = "Bring all schemas to this release. Needs the owner's login (REGULARS_LOGIN=owner)."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--plan", action="store_true", help="say what would run and for whom; change nothing"
        )
        parser.add_argument("--workers", type=_workers, default=WORKERS, help=f"processes, default {WORKERS}")
        parser.add_argument(
            "--canary",
            action="append",
            default=[],
            metavar="SLUG",
            help="goes before the others, who stay as they are when it fails; may be repeated",
        )
        parser.add_argument("--no-spares", action="store_true", help="make no spare schemas")

    def work(self, **options: Any) -> dict[str, Any]:
        if settings.LOGIN != "owner":
            raise NotTheOwner("Schemas belong to the owner's login: run this with REGULARS_LOGIN=owner.")
        if options["plan"]:
            return self._plan()
        began = time.monotonic()
        bar = Bar(unit="tenants")
        report = rollout.run(
            at=timezone.now(),
            workers=options["workers"],
            canaries=tuple(options["canary"]),
            tell=lambda done, total, move: bar.tell("Tenants", done, done / total),
        )
        bar.end()
        spares = 0 if options["no_spares"] else provisioning.keep_spares(at=timezone.now())
        return self._told(report, seconds=time.monotonic() - began, spares=spares)

    def _told(self, report: rollout.Report, *, seconds: float, spares: int) -> dict[str, Any]:
        self.say(f"public: {', '.join(report.public) or 'up to date'}")
        names = sorted({name for move in report.moved for name in move.ran})
        self.say(
            f"{len(report.moved)} tenants moved in {seconds:.1f} s{': ' if names else ''}{', '.join(names)}"
        )
        for move in report.quarantined:
            self.say(f"{move.late.name}: in quarantine, it answers 503. {move.problem}")
        if report.ahead:
            self.say(f"Ahead of this release, left alone: {_listed(report.ahead)}")
        if report.left:
            self.say(f"Not tried: {_listed(report.left)}. {report.stopped} Run this again to go on.")
        if spares:
            self.say(f"{spares} spare schemas made")
        self.failure = _failure(report)
        self.failure_code = 1 if report.left else SOME_IN_QUARANTINE
        return {
            "public": report.public,
            "migrated": len(report.moved),
            "migrations": names,
            "quarantined": [_quarantined(move) for move in report.quarantined],
            "ahead": [late.name for late in report.ahead],
            "left": len(report.left),
            "stopped": report.stopped,
            "seconds": round(seconds, 2),
            "spares": spares,
        }

    def _plan(self) -> dict[str, Any]:
        public = migrating.shared_plan()
        self.say(f"public: {', '.join(public) or 'up to date'}")
        survey = rollout.surveyed()
        groups: dict[int, tuple[Any, list[Late]]] = {}
        for late, route in survey.errands:
            groups.setdefault(id(route), (route, []))[1].append(late)
        told = []
        for route, lates in groups.values():
            how = "sql" if route.is_plain else "django"
            names = ", ".join(route.names) or "nothing but the version"
            self.say(f"{len(lates)} tenants, {names} ({how}): {_listed(lates)}")
            told.append({"migrations": route.names, "how": how, "tenants": [late.name for late in lates]})
        for words, lates in (("ahead of this release", survey.ahead), ("unreadable", survey.unreadable)):
            if lates:
                self.say(f"{len(lates)} tenants are {words}: {_listed(lates)}")
        return {
            "public": public,
            "groups": told,
            "ahead": [late.name for late in survey.ahead],
            "unreadable": [late.name for late in survey.unreadable],
        }


def _workers(word: str) -> int:
    if not word.isdecimal() or not 1 <= int(word) <= abreast.MAX_WORKERS:
        raise ArgumentTypeError(f"from 1 to {abreast.MAX_WORKERS}, not {word!r}")
    return int(word)


def _failure(report: rollout.Report) -> str:
    if report.quarantined:
        return f"In quarantine: {', '.join(move.late.name for move in report.quarantined)}."
    return f"{len(report.left)} tenants were not tried. {report.stopped}" if report.left else ""


def _quarantined(move: Move) -> dict[str, str]:
    return {"tenant": move.late.name, "schema": move.late.schema, "reason": move.problem}


def _listed(lates: list[Late]) -> str:
    names = ", ".join(late.name for late in lates[:NAMED_AT_MOST])
    return names if len(lates) <= NAMED_AT_MOST else f"{names} and {len(lates) - NAMED_AT_MOST} more"
