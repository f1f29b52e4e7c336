"""Every URL of the tenants' and the public site, asked by one tenant's owner about another's rows."""

from functools import partial

import pytest

from tests.isolation import entries, planting
from tests.isolation.calling import Caller, Stranger, seen, undone
from tests.isolation.conftest import CANARY
from tests.isolation.planting import OWN, SAME

TENANT = entries.entries("regulars.urls_tenant")
PUBLIC = entries.entries("regulars.urls_public")
SILENT = {"mail:opened"}  # an invisible picture says nothing to its own people either
PASSWORD = {"password": "correct horse battery"}


@pytest.mark.usefixtures("outside")
class TestAnotherTenant:
    def test_has_its_word_in_every_text_of_every_table(self, world):
        """So that whatever is shown of a row shows the word."""
        for model in planting.tenant_models():
            row = world.victim.row(model._meta.label)
            for name in planting.texts(model):
                assert CANARY in str(getattr(row, name)), f"{model._meta.label}.{name}"

    def test_is_not_seen_on_any_page_and_not_changed_by_any_form(self, world, covered):
        """With its own ids in the address: 404. With ids that both have: the caller's own row."""
        assert entries.unknown_parameters() == set(), (
            "say in tests/isolation/entries.py what they are asked with"
        )
        caller = Caller(world.intruder, about=world.victim)
        given, wrong = entries.said(world.victim), []
        world.remember()
        for entry in TENANT:
            asked = [(entry.address(world.intruder, SAME), False)]
            if entry.arguments:
                asked.append((entry.address(world.victim, OWN), True))
            for address, is_theirs in asked:
                for method, answer in undone(partial(both, caller, address, given), world=world):
                    wrong += faults(entry, method, answer, is_theirs=is_theirs)
        assert wrong == []
        covered(len(TENANT), "URLs of a tenant's site")

    def test_is_seen_there_by_its_own(self, world):
        """The proof that the judge is not blind."""
        caller, silent = Caller(world.victim), set()
        for entry in TENANT:
            if entry.arguments:
                answer = undone(partial(caller.get, entry.address(world.victim)))
                if answer.status_code == 200 and CANARY not in seen(answer):
                    silent.add(entry.name)
        assert silent == SILENT

    def test_opens_nothing_on_its_host_for_anothers_session(self, world, covered):
        caller = Caller(world.intruder, host=world.victim.host)
        guarded = [entry for entry in TENANT if entries.is_guarded(entry)]
        for entry in guarded:
            for _method, answer in undone(partial(both, caller, entry.address(world.victim), {})):
                assert answer.status_code == 302, entry.name
                assert answer["Location"].startswith("http://localhost:8000/sign-in/"), entry.name
                assert CANARY not in seen(answer), entry.name
        covered(len(guarded), "guarded URLs with a session of elsewhere")

    def test_is_not_told_of_on_the_public_site(self, world, covered):
        visitor = Stranger(host="localhost", about=world.victim)
        given = entries.said(world.victim) | {"email": world.intruder.person.email} | PASSWORD
        pages = [entry for entry in PUBLIC if not entry.pattern.startswith("hooks/")]
        world.remember()
        wrong = []
        for entry in pages:
            address = entry.address(world.victim)
            for method, answer in undone(partial(both, visitor, address, given), world=world):
                wrong += faults(entry, method, answer, is_theirs=False)
                if world.victim.host in answer.headers.get("Location", ""):
                    wrong.append(f"{entry.name} leads to the other tenant")
        assert wrong == []
        covered(len(pages), "URLs of the public site")


def both(caller, address, given):
    return [(method, caller.ask(method, address, given)) for method in ("get", "post")]


def faults(entry, method, answer, *, is_theirs):
    """What is wrong with an answer, in words. ``is_theirs``: the address named a row of the other tenant."""
    said, found = f"{method} {entry.name} ({answer.status_code})", []
    if CANARY in seen(answer):
        found.append(f"{said} shows the other tenant's rows")
    if is_theirs and answer.status_code not in (404, 405):
        found.append(f"{said} takes the other tenant's ids")
    if answer.status_code >= 500:
        found.append(f"{said} breaks")
    return found
