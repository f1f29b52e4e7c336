"""The base of operators' commands: readable lines for people, one JSON object last for scripts."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from regulars.platform import errors, tenancy


class OperatorCommand(BaseCommand):
    """Subclasses fill ``arguments`` and ``work``; ``work`` returns what ``--json`` prints.

    A refusal ends with its message on one line and exit code 1; so does a database that is away. Work that
    was done in part sets ``failure``, which is said after the answer, and its ``failure_code``.
    """

    requires_system_checks: list[str] = []
    failure = ""
    failure_code = 1

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
        self.arguments(parser)

    def arguments(self, parser: ArgumentParser) -> None:
        """The command's own arguments."""

    def work(self, **options: Any) -> dict[str, Any]:
        raise NotImplementedError

    def say(self, line: str) -> None:
        """A line for the person at the terminal; never the last line of ``--json``."""
        self.stdout.write(line)
        self.stdout.flush()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            answer = self.work(**options)
        except errors.Refused as refused:
            raise CommandError(str(refused)) from None
        except tenancy.Unavailable as problem:
            raise CommandError(
                f"The database does not answer ({str(problem).splitlines()[0]}). Is `make run` running?"
            ) from None
        if options["json"]:
            self.stdout.write(
                json.dumps(answer, ensure_ascii=sys.stdout.encoding.lower() != "utf-8", default=str)
            )
        if self.failure:
            raise CommandError(self.failure, returncode=self.failure_code)


class OwnerCommand(OperatorCommand):
    """One that makes or removes schemas: refused with any login but the owner's, before anything is done."""

    def handle(self, *args: Any, **options: Any) -> None:
        if not tenancy.is_owner():
            raise CommandError(
                "Schemas belong to the owner's login: run this with REGULARS_LOGIN=owner, where "
                "DATABASE_OWNER_URL is known."
            )
        super().handle(*args, **options)
