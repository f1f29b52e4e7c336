import csv
import json
from datetime import UTC, datetime

import pytest
import zstandard
from django.core.management import CommandError, call_command

from regulars.crm_core.customers import consent, contacts, imports, sources
from regulars.crm_core.customers.imports import files
from regulars.crm_core.customers.models import Channel, Consent, Contact, Link
from regulars.crm_core.insight.models import CustomerMetrics
from regulars.platform import tenancy
from regulars.platform.facts.models import Fact
from regulars.platform.sheets.reading import Unreadable
from tests.factories import customers as factory
from tests.factories.commerce import NOON

HEADER = [
    "email",
    "first_name",
    "last_name",
    "phone",
    "company",
    "city",
    "country_code",
    "tags",
    "external_id",
]
CONSENT = ["email", "consent", "consent_ground", "consent_at", "consent_evidence"]
TILL = "till"
LATER = datetime(2026, 5, 4, 13, tzinfo=UTC)


@pytest.fixture
def bring(tenant, tmp_path):
    """Import rows under a header; returns what came of it."""

    def bring_(*rows, header=HEADER, at=NOON, source=TILL, name="customers.csv"):
        path = tmp_path / name
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([header, *rows])
        return imports.take(path=path, time_zone="Europe/Berlin", at=at, source=source)

    return bring_


def row(email="", first="", last="", tags="", external="", city="", country=""):
    return [email, first, last, "", "", city, country, tags, external]


def told(taken):
    return (taken.new, taken.changed, taken.unchanged, taken.rejected)


def standing(email):
    contact = Contact.objects.get(email=email)
    return consent.standing(contact=contact.pk)[Channel.EMAIL]


class TestTake:
    def test_makes_contacts_with_tags_and_changes_nothing_the_second_time(self, bring):
        rows = [
            row("Ana@Example.com", "Ana", "Ray", "vip, b2b;VIP", city="Köln", country="de"),
            row("bo@example.com", "", "=HYPERLINK(1)"),
        ]

        first = bring(*rows)
        before = list(Contact.objects.order_by("pk").values())
        second = bring(*rows, at=datetime(2026, 6, 1, tzinfo=UTC))

        assert (told(first), first.errors_path) == ((2, 0, 0, 0), None)
        assert (told(second), second.fact) == ((0, 0, 2, 0), None)
        assert list(Contact.objects.order_by("pk").values()) == before
        ana = Contact.objects.get(email="ana@example.com")
        assert (ana.name, ana.city, ana.country_code, ana.source) == ("Ana Ray", "Köln", "DE", "import")
        assert ana.tags == ["b2b", "vip"]
        assert [fact.name for fact in Fact.objects.all()] == ["customers.imported"]

    def test_gives_an_address_to_the_customer_whom_orders_knew_by_number(self, bring):
        known = Contact.objects.create(name="Customer 17850", last_name="Customer 17850", appeared_at=NOON,
                                       changed_at=NOON)  # fmt: skip
        value = f"{sources.connection_of(TILL)}:17850"
        Link.objects.create(contact=known, kind="shop", value=value, evidence="order:import", linked_at=NOON)

        taken = bring(row("ana@example.com", "Ana", "Ray", external="17850"), source="")

        known.refresh_from_db()
        assert told(taken) == (0, 1, 0, 0)
        assert (known.email, known.name) == ("ana@example.com", "Ana Ray")
        assert {link.value for link in known.links.all()} == {value, "ana@example.com"}

    def test_keeps_what_staff_wrote(self, bring):
        ana = contacts.add(email="ana@example.com", city="Bonn", at=NOON)

        bring(row("ana@example.com", "Ana", city="Köln"))

        ana.refresh_from_db()
        assert (ana.city, ana.first_name) == ("Bonn", "Ana")

    def test_rejects_rows_with_line_and_reason_and_takes_the_rest(self, bring):
        taken = bring(
            row("ana@example.com"),
            row("no address", "=1+1"),
            row(),
            row("bo@example.com", country="Germany"),
            row("cy@example.com", tags="x" * 41),
            ["di@example.com"],
        )

        assert told(taken) == (1, 0, 0, 5)
        with taken.errors_path.open() as file:
            rejected = list(csv.DictReader(file))
        assert [each["line"] for each in rejected] == ["3", "4", "5", "6", "7"]
        assert "is not an e-mail address" in rejected[0]["reason"]
        assert rejected[0]["first_name"] == "'=1+1"
        assert "neither email nor external_id" in rejected[1]["reason"]

    def test_takes_nothing_of_a_file_that_is_doubtful_or_all_bad(self, bring, tmp_path):
        with pytest.raises(files.NothingUsable):
            bring(row("x"))
        with pytest.raises(Unreadable, match="neither a column email"):
            bring(["Ana"], header=["name"])
        with pytest.raises(files.UnknownSource):
            bring(row(external="1"), source="")
        broken = tmp_path / "broken.csv"
        broken.write_bytes(b"email\nana@example.com\n\xff\xfe@example.com\n")
        with pytest.raises(Unreadable, match="Line 3"):
            imports.take(path=broken, time_zone="UTC", at=NOON)

        assert not Contact.objects.exists()
        assert not Fact.objects.exists()

    def test_writes_in_parts(self, bring, monkeypatch):
        monkeypatch.setattr(files, "ROWS_AT_ONCE", 2)

        assert told(bring(*[row(f"a{number}@example.com") for number in range(5)])) == (5, 0, 0, 0)
        assert Contact.objects.count() == 5


class TestConsent:
    def bring(self, bring, *rows, **more):
        return bring(*rows, header=CONSENT, **more)

    def test_is_said_with_ground_date_and_evidence_once(self, bring):
        rows = [["ana@example.com", "Yes", "form at the till", "2026-01-31", "I want news\nby e-mail"]]

        self.bring(bring, *rows)
        again = self.bring(bring, *rows, at=LATER)

        word = standing("ana@example.com")
        assert (word.is_given, word.ground, word.evidence) == (
            True,
            "form at the till",
            "I want news\nby e-mail",
        )
        assert word.happened_at == datetime(2026, 1, 30, 23, tzinfo=UTC)
        assert (told(again), Consent.objects.count()) == ((0, 0, 1, 0), 1)

    @pytest.mark.parametrize(
        ("cells", "reason"),
        [
            (["yes", "", "2026-01-31", ""], "needs its ground"),
            (["yes", "form", "", ""], "needs its date"),
            (["yes", "form", "31.1.2026", ""], "write a day"),
            (["yes", "form", "2026-05-05", ""], "still to come"),
            (["maybe", "form", "2026-01-31", ""], "write yes or no"),
            (["", "form", "", ""], "consent is empty"),
        ],
    )
    def test_needs_a_ground_and_a_date(self, bring, cells, reason):
        taken = self.bring(bring, ["ok@example.com", "", "", "", ""], ["ana@example.com", *cells])

        assert told(taken) == (1, 0, 0, 1)
        assert reason in taken.errors_path.read_text()
        assert not Consent.objects.exists()

    def test_does_not_outweigh_a_newer_refusal(self, bring):
        ana = factory.contact("ana@example.com")
        factory.said(ana, yes=False, at=datetime(2026, 2, 1, tzinfo=UTC))

        self.bring(bring, ["ana@example.com", "yes", "form", "2026-01-31T10:00:00Z", ""])

        assert not standing("ana@example.com").is_given

    def test_a_refusal_needs_no_date_and_is_said_once(self, bring):
        rows = [["ana@example.com", "no", "", "", ""], ["bo@example.com", "no", "call", "2026-05-04", ""]]

        self.bring(bring, *rows)
        again = self.bring(bring, *rows, at=LATER)

        assert (told(again), Consent.objects.count()) == ((0, 0, 2, 0), 2)
        assert standing("ana@example.com").happened_at == standing("bo@example.com").happened_at == NOON


class TestCommand:
    def test_prints_what_came_of_a_packed_file_and_lists_the_customers(self, tea_shop, tmp_path, capsys):
        path = tmp_path / "customers.csv.zst"
        path.write_bytes(zstandard.compress(b"email,tags\nana@example.com,vip\nnobody,\n"))

        call_command("import_customers", str(path), tenant="teashop", json=True)

        answer = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
        assert answer == {
            "tenant": "teashop", "rows": 2, "new": 1, "changed": 0, "unchanged": 0, "rejected": 1,
            "errors": f"{path}.errors.csv",
        }  # fmt: skip
        with tenancy.opened(tea_shop.schema_name):
            assert CustomerMetrics.objects.get().contact.tags == ["vip"]
        with pytest.raises(CommandError, match="cannot be read"):
            call_command("import_customers", str(tmp_path / "none.csv"), tenant="teashop")
