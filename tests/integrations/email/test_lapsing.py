"""A verified domain is looked at again by itself, and lapses only when its key is really gone."""

import socket
from datetime import UTC, datetime, timedelta

import pytest

from regulars import celery
from regulars.integrations.email import domains, preflight, records, senders, tasks
from regulars.integrations.email.models import SendingDomain
from regulars.platform import tenancy, wakes
from regulars.platform.facts.models import Fact
from tests.integrations.email.conftest import entered

AT = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
ANOTHER_KEY = ["v=DKIM1; k=rsa; p=AAAA"]


def standing(domain):
    domain.refresh_from_db()
    return domain.verified_at, domain.missed_at, domain.lapsed_at


def told():
    names = Fact.objects.filter(name__startswith="domain.").order_by("pk").values_list("name", flat=True)
    return list(names)[2:]  # it was added and verified


@pytest.fixture
def domain(tenant, proven):
    return proven("tea.example", at=AT)


class TestLooksAgain:
    @pytest.mark.parametrize("changed", [{"dkim": None}, {"dkim": ANOTHER_KEY}])
    def test_and_lets_a_domain_lapse_when_its_key_is_gone_a_day_later_too(
        self, domain, names, owner, changed
    ):
        senders.change(
            name="Tea", address="me@tea.example", reply_to="", company="Tea", postal_address="1 Lane", at=AT
        )
        names.says(entered(domain, **changed))

        domains.look_again(at=AT + DAY)
        domains.look_again(at=AT + DAY + timedelta(hours=23, minutes=59))
        assert standing(domain) == (AT, AT + DAY, None)
        assert preflight.only(senders.standing()) is None

        domains.look_again(at=AT + 2 * DAY)
        domains.look_again(at=AT + 4 * DAY)

        assert standing(domain) == (None, None, AT + 2 * DAY)
        assert told() == ["domain.missed", "domain.lapsed"]
        assert preflight.only(senders.standing()) == [owner.email]
        assert senders.standing().from_address == "teashop@mail.regulars.example"

    def test_and_begins_anew_when_the_key_was_back_meanwhile(self, domain, names):
        for days, said in enumerate(({}, entered(domain), {}), start=1):
            names.says(said)
            domains.look_again(at=AT + days * DAY)

        assert standing(domain) == (AT, AT + 3 * DAY, None)

    def test_and_changes_nothing_when_dns_does_not_answer(self, domain, names, settings, monkeypatch):
        monkeypatch.setattr(records, "LOOK_SECONDS", 0.1)
        names.says(entered(domain, dkim=None))
        domains.look_again(at=AT + DAY)
        before = SendingDomain.objects.values().get()

        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            for settings.DNS_RESOLVER in (f"127.0.0.1:{silent.getsockname()[1]}", "127.0.0.1:1"):
                domains.look_again(at=AT + 3 * DAY)

        assert SendingDomain.objects.values().get() == before
        assert told() == ["domain.missed"]

    def test_and_minds_neither_the_policy_nor_a_second_key(self, domain, names):
        for changed in (
            {"dmarc": None},
            {"return_path": None},
            {"dkim": [f"v=DKIM1; k=rsa; p={domain.public_key}", *ANOTHER_KEY]},
        ):
            names.says(entered(domain, **changed))
            domains.look_again(at=AT + DAY)
            domains.look_again(at=AT + 3 * DAY)

        assert standing(domain) == (AT, None, None)
        assert domain.findings["dkim"]["state"] == "twice"

    def test_at_none_that_is_not_verified_or_another_tenants(self, domain, names, book_shop):
        names.says({})
        waiting = domains.add(name="coffee.example", at=AT)

        with tenancy.opened(book_shop.schema_name):
            domains.look_again(at=AT + DAY)
        assert standing(domain) == (AT, None, None)

        domains.look_again(at=AT + DAY)
        waiting.refresh_from_db()
        assert (waiting.checked_at, waiting.findings) == (None, {})

    def test_and_a_check_by_hand_verifies_a_lapsed_one_again(self, domain, names):
        names.says({})
        domains.look_again(at=AT + DAY)
        domains.look_again(at=AT + 2 * DAY)
        names.says(entered(domain))

        domains.check(domain.pk, at=AT + 3 * DAY)

        assert standing(domain) == (AT + 3 * DAY, None, None)
        assert told() == ["domain.missed", "domain.lapsed", "domain.verified"]


class TestTheSchedule:
    def test_wakes_a_task_of_its_own_for_each_tenant(self, tea_shop, book_shop, monkeypatch):
        called = []
        monkeypatch.setattr(wakes, "call", lambda name, *, tenant: called.append((name, tenant)))
        entry = celery.app.conf.beat_schedule["domains"]

        assert entry["task"] == tasks.revisit_domains.name
        tasks.revisit_domains()

        wanted = {(tasks.look_at_domains.name, shop.schema_name) for shop in (tea_shop, book_shop)}
        assert wanted <= set(called)
        assert len(called) == len(set(called))

    def test_looks_within_the_tenant_it_names(self, domain, names, tenant):
        names.says({})

        tasks.look_at_domains(tenant=tenant)

        domain.refresh_from_db()
        assert domain.missed_at is not None
