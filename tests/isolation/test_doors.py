"""Hooks and tasks: what comes in without a person, for one tenant with another's ids."""

import json
from functools import partial
from inspect import Parameter, signature
from uuid import UUID

import pytest
from celery import current_app
from django.core.exceptions import ObjectDoesNotExist
from django.db import Error
from django.test import Client
from django.utils import timezone

from regulars.crm_core.commerce.models import Order
from regulars.platform import errors, ids, inbox, signatures, tenancy
from regulars.platform.facts import facts
from regulars.platform.models import Delivery
from tests.isolation import entries
from tests.isolation.calling import seen, undone
from tests.isolation.conftest import CANARY, SECRETS
from tests.isolation.planting import OWN

HOOKS = [entry for entry in entries.entries("regulars.urls_public") if entry.pattern.startswith("hooks/")]
# What tasks are told besides their tenant, and what it is asked with; a new word needs a line.
TOLD = {
    "subject_id": lambda side: [str(row.pk) for row in side.rows[OWN].values() if isinstance(row.pk, UUID)],
    "delivery_id": lambda side: [
        str(Delivery.objects.filter(tenant=side.schema).values_list("pk", flat=True)[0])
    ],
}


def delivery(side, **given):
    """An order as a shop pushes it, signed with this side's secret."""
    order = {
        "id": "own-order", "number": "1001-own", "status": "completed", "currency": "EUR", "total": "12.00",
        "ordered_at": "2026-03-01T12:00:00Z", "changed_at": "2026-03-02T12:00:00Z",
        "customer": {"email": "own@example.com", "first_name": "Robin"},
        "lines": [{"id": "1", "title": "Tea", "quantity": "1", "unit_price": "12.00", "total": "12.00"}],
    }  # fmt: skip
    body = json.dumps({"orders": [order | given]}).encode()
    told, moment = ids.new().hex, str(int(timezone.now().timestamp()))
    signed = signatures.standard_sign(
        secret=SECRETS[side.word], delivery_id=told, timestamp=moment, message=body
    )
    headers = {"webhook-id": told, "webhook-timestamp": moment, "webhook-signature": signed}
    return body, headers


def knock(path, body, headers, host="localhost"):
    return Client(headers={"host": host}).post(path, body, content_type="application/json", headers=headers)


def test_every_hook_has_its_test(world):
    assert {entry.name for entry in HOOKS} == {"shop_hooks:receive", "stripe_hooks:receive"}


@pytest.fixture(autouse=True)
def _remembered(world):
    world.remember()


class TestShopHook:
    def test_of_another_tenant_takes_nothing_that_we_signed(self, world, covered):
        before = Delivery.objects.filter(tenant=world.victim.schema).count()
        for host in ("localhost", world.victim.host, world.intruder.host):
            answer = knock(f"/hooks/shop/{world.victim.hook}/", *delivery(world.intruder), host=host)
            assert answer.status_code == 401
            assert CANARY not in seen(answer)
        assert Delivery.objects.filter(tenant=world.victim.schema).count() == before
        covered(len(HOOKS), "hooks")

    def test_of_ours_changes_only_our_rows_whatever_it_names(self, world):
        """The same order number, customer and shop as the other tenant's."""
        theirs = world.victim.row("commerce.Order", OWN)

        def work():
            body, headers = delivery(world.intruder, id=theirs.external_id, number=theirs.number)
            answer = knock(f"/hooks/shop/{world.intruder.hook}/", body, headers)
            assert answer.status_code == 200, answer.content
            while inbox.work(tenant=world.intruder.schema, at=timezone.now()):
                continue
            with tenancy.opened(world.intruder.schema):
                facts.work(at=timezone.now())
                return list(Order.objects.filter(number=theirs.number).values_list("email", flat=True))

        assert undone(work, world=world) == ["own@example.com"]


class TestStripeHook:
    def test_hears_nobody_who_is_not_stripe(self, world, settings):
        settings.STRIPE_WEBHOOK_SECRETS = ["whsec_of_stripe"]
        event = {
            "id": "evt_1",
            "type": "invoice.paid",
            "data": {"object": {"metadata": {"tenant": world.victim.schema}}},
        }

        answer = undone(
            partial(knock, "/hooks/stripe/", json.dumps(event).encode(), {"stripe-signature": "t=1,v1=x"})
        )

        assert answer.status_code == 400
        assert not Delivery.objects.filter(kind="stripe", tenant=world.victim.schema).exists()


def tasks():
    """(name, function inside) of every task of a tenant."""
    current_app.loader.import_default_modules()
    found = {name: task for name, task in current_app.tasks.items() if not name.startswith("celery.")}
    return {
        name: task.run
        for name, task in found.items()
        if "tenant" in signature(task.run, follow_wrapped=False).parameters
    }


class TestTask:
    def test_runs_for_no_tenant_of_no_name(self, covered):
        found = tasks()
        assert len(found) > 10
        for run in found.values():
            for given in ({}, {"tenant": ""}, {"tenant": "public"}):
                with pytest.raises(tenancy.NoTenant):
                    run(**given)
        covered(len(found), "tasks of a tenant")

    def test_of_a_tenant_that_is_not_there_touches_nothing(self, world):
        for run in tasks().values():
            given = dict.fromkeys(words(run), str(ids.new()))
            with pytest.raises((Error, ObjectDoesNotExist)):
                undone(partial(run, tenant="t_nosuchtenant", **given), world=world)

    @pytest.mark.usefixtures("outside")
    def test_of_ours_with_their_ids_changes_nothing_of_theirs(self, world):
        asked = 0
        for run in tasks().values():
            for given in cases(run, world.victim):
                said = undone(partial(quietly, run, tenant=world.intruder.schema, **given), world=world)
                assert CANARY not in str(said)
                asked += 1
        assert asked > 50


def words(run):
    inside = signature(run).parameters.values()
    return [each.name for each in inside if each.kind is Parameter.KEYWORD_ONLY and each.name != "tenant"]


def cases(run, side):
    named = words(run)
    assert set(named) <= set(TOLD), f"{named}: say in TOLD what these words are asked with"
    if not named:
        return [{}]
    [name] = named
    return [{name: value} for value in TOLD[name](side)]


def quietly(run, **given):
    """A refusal is a fine answer to another's id; its words are looked at."""
    try:
        return run(**given)
    except (errors.Refused, LookupError) as refused:
        return str(refused)
