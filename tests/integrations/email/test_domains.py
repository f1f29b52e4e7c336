"""Domains are proven by DNS: a key that is ours and a policy that receivers ask for."""

import socket
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import dkim
import pytest

from regulars.integrations.email import domains, records
from regulars.integrations.email.models import SendingDomain
from regulars.platform import tenancy
from regulars.platform.facts.models import Fact
from tests.integrations.email.conftest import entered
from tests.integrations.email.letters import written

pytestmark = pytest.mark.usefixtures("tenant")

AT = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
LATER = AT + timedelta(hours=1)


def added(name="tea.example"):
    return domains.add(name=name, at=AT)


def facts():
    return list(Fact.objects.filter(name__startswith="domain.").order_by("pk").values_list("name", flat=True))


def states(domain):
    return {key: finding["state"] for key, finding in domain.findings.items()}


class TestAdds:
    @pytest.mark.parametrize(
        ("name", "plain"),
        [("Tea.Example ", "tea.example"), ("tea.example.", "tea.example"), ("bücher.de", "xn--bcher-kva.de")],
    )
    def test_a_domain_with_a_key_of_its_own(self, name, plain):
        domain = added(name)

        assert domain.name == plain
        assert domain.private_key.startswith("-----BEGIN PRIVATE KEY-----")
        assert domain.verified_at is None
        assert facts() == ["domain.added"]

    def test_nothing_that_is_no_domain(self):
        for name in (
            "",
            "tea",
            "http://tea.example",
            "a@tea.example",
            "127.0.0.1",
            "tea..example",
            "-a.example",
            f"{'a.' * 5}example",
        ):
            with pytest.raises(domains.BadDomain):
                added(name)

        assert not SendingDomain.objects.exists()

    def test_neither_one_twice_nor_ours_nor_a_sixth(self):
        first = added()

        for name in ("TEA.example", "mail.regulars.example", "x.mail.regulars.example"):
            with pytest.raises(domains.DomainTaken):
                added(name)
        SendingDomain.objects.bulk_create(
            SendingDomain(name=f"{word}.example", selector="r", private_key="", public_key="", added_at=AT)
            for word in ("a", "b", "c", "d")
        )
        with pytest.raises(domains.TooManyDomains):
            added("e.example")
        assert domains.listed()[0].pk in {first.pk, *SendingDomain.objects.values_list("pk", flat=True)}
        assert SendingDomain.objects.count() == 5

    def test_one_again_after_it_was_removed_with_another_key(self):
        domain = added()
        domains.remove(domain_id=domain.pk, at=AT)

        again = added()

        assert again.public_key != domain.public_key
        assert facts() == ["domain.added", "domain.removed", "domain.added"]


class TestChecks:
    def test_what_was_entered_as_it_was_shown(self, names):
        domain = added()
        names.says(entered(domain))

        domain = domains.check(domain.pk, at=LATER)

        assert states(domain) == {"dkim": "fine", "dmarc": "fine", "return_path": "fine"}
        assert domain.verified_at == domain.checked_at == LATER
        assert facts() == ["domain.added", "domain.verified"]
        assert domains.return_path(domain) == "bounce.tea.example"

    @pytest.mark.parametrize(
        ("changed", "key", "state"),
        [
            ({"dkim": None}, "dkim", "missing"),
            ({"dkim": ["v=spf1 -all"]}, "dkim", "missing"),
            ({"dkim": ["v=DKIM1; k=rsa; p="]}, "dkim", "wrong"),
            ({"dkim": ["v=DKIM1; k=rsa; p=AAAA"]}, "dkim", "wrong"),
            ({"dkim": ["v=DKIM1; p=AAAA", "v=DKIM1; p=BBBB"]}, "dkim", "twice"),
            ({"dmarc": None}, "dmarc", "missing"),
            ({"dmarc": ["v=DMARC1; p=perhaps"]}, "dmarc", "wrong"),
            ({"dmarc": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}, "dmarc", "twice"),
        ],
    )
    def test_and_does_not_believe_half_of_it(self, names, changed, key, state):
        domain = added()
        names.says(entered(domain, **changed))

        domain = domains.check(domain.pk, at=LATER)

        assert states(domain)[key] == state
        assert domain.verified_at is None
        assert facts() == ["domain.added"]

    def test_a_key_that_may_not_sign_mail_so(self, names):
        domain = added()
        for restriction in ("h=sha1", "s=tlsrpt", "k=ed25519"):
            names.says(entered(domain, dkim=[f"v=DKIM1; {restriction}; p={domain.public_key}"]))

            assert states(domains.check(domain.pk, at=LATER))["dkim"] == "wrong"

    def test_a_key_in_pieces_and_a_policy_of_the_domain_above(self, names):
        domain = added("news.tea.example")
        broken = f"v=DKIM1;p={domain.public_key[:100]} {domain.public_key[100:]}"
        said = entered(domain, dkim=[broken], dmarc=None, return_path=None)
        names.says({**said, "_dmarc.tea.example": {"TXT": ["v=DMARC1; p=reject; adkim=s"]}})

        domain = domains.check(domain.pk, at=LATER)

        assert states(domain) == {"dkim": "fine", "dmarc": "fine", "return_path": "missing"}
        assert domain.verified_at == LATER
        assert domains.return_path(domain) == "mail.regulars.example"

    def test_again_and_takes_it_back_when_dns_says_otherwise_a_day_later_too(self, names, proven):
        domain = proven("tea.example", at=AT)
        names.says({})

        domain = domains.check(domain.pk, at=LATER)
        assert (domain.verified_at, domain.missed_at, states(domain)["dkim"]) == (AT, LATER, "missing")
        domain = domains.check(domain.pk, at=LATER + timedelta(days=1))

        assert (domain.verified_at, domain.lapsed_at) == (None, LATER + timedelta(days=1))
        assert facts() == ["domain.added", "domain.verified", "domain.missed", "domain.lapsed"]

    def test_again_and_keeps_it_when_dns_says_nothing(self, settings, monkeypatch, proven):
        domain = proven("tea.example", at=AT)
        monkeypatch.setattr(records, "LOOK_SECONDS", 0.2)
        settings.DNS_RESOLVER = "127.0.0.1:1"

        domain = domains.check(domain.pk, at=LATER)

        assert states(domain) == {"dkim": "unknown", "dmarc": "unknown", "return_path": "fine"}
        assert not domains.did_answer(domain)
        assert domains.return_path(domain) == "bounce.tea.example"
        assert domain.verified_at == AT
        assert facts() == ["domain.added", "domain.verified"]

    def test_all_records_together_no_longer_than_one_may_wait(self, settings, monkeypatch):
        assert records.LOOK_SECONDS <= 5
        monkeypatch.setattr(records, "LOOK_SECONDS", 0.3)
        domain = added("a.b.c.tea.example")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            settings.DNS_RESOLVER = f"127.0.0.1:{silent.getsockname()[1]}"
            began = time.monotonic()

            domain = domains.check(domain.pk, at=LATER)

            assert 0.25 < time.monotonic() - began < 0.8
        assert (states(domain), domain.verified_at) == ({"dkim": "unknown", "dmarc": "unknown"}, None)
        assert facts() == ["domain.added"]

    def test_none_that_is_unknown_removed_or_of_another_tenant(self, book_shop):
        with tenancy.opened(book_shop.schema_name):
            theirs = added().pk
        gone = added()
        domains.remove(domain_id=gone.pk, at=AT)

        for domain_id in (uuid4(), theirs, gone.pk):
            with pytest.raises(domains.UnknownDomain):
                domains.check(domain_id, at=AT)
            with pytest.raises(domains.UnknownDomain):
                domains.remove(domain_id=domain_id, at=AT)


class TestSaysInWords:
    @pytest.mark.parametrize("state", ["", *records.State])
    def test_what_each_finding_means(self, state):
        domain = SendingDomain(name="tea.example", selector="r1", public_key="AAAA")

        assert all(len(records.words(record, state)) > 10 for record in domains.wanted(domain))


class TestSigns:
    def test_with_the_key_that_dns_holds(self):
        domain = added()
        made = written.compiled([])

        mail = written.built(made, signer=domains.signer(domain))

        key = f"v=DKIM1; k=rsa; p={domain.public_key}".encode()
        asked = []
        assert dkim.verify(mail, dnsfunc=lambda name, timeout=5: asked.append(name) or key)
        assert asked == [f"{domain.selector}._domainkey.tea.example.".encode()]
