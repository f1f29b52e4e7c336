from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from regulars.crm_core.customers import contacts
from regulars.crm_core.customers.models import Channel, Consent, Contact, Note
from regulars.crm_core.insight import metrics
from regulars.platform import tenancy
from tests.factories.commerce import line, refund
from tests.web.conftest import told, words

PART = {"hx-request": "true"}


@pytest.fixture
def ana(bought):
    return bought("ana@example.com", days_ago=3, goods="12.50").contact_id


@pytest.fixture
def bea(bought):
    return bought("bea@example.com", name=("Bea", "Lund"), goods="5.00").contact_id


@pytest.fixture(autouse=True)
def opened(tea_shop):
    """The test looks at the tenant's rows; the client enters by itself."""
    with tenancy.opened(tea_shop.schema_name):
        yield


class TestShow:
    def test_tells_figures_story_and_consent(self, staff, ana):
        shown = words(staff.get(f"/customers/{ana}/"))

        for expected in ("Ana Ray", "ana@example.com", "€12.50", "A tea", "Not asked", "Buys most"):
            assert expected in shown

    def test_marks_an_estimated_profit_and_says_why(self, staff, ana):
        staff.post("/settings/figures/", {"percent": "40"})
        metrics.recompute(contacts=[ana], at=timezone.now())
        answer = staff.get(f"/customers/{ana}/")

        [profit] = [each for each in answer.context["figures"] if each["label"] == "Profit"]
        assert (profit["value"], profit["note"]) == ("€5.00", "estimated")
        assert "40%" in profit["why"]

    def test_shows_money_without_a_rate_apart(self, staff, bought):
        contact = bought("ana@example.com", goods="10.00").contact_id
        bought("ana@example.com", goods="70.00", currency="USD")

        answer = staff.get(f"/customers/{contact}/")

        [spent] = [each for each in answer.context["figures"] if each["label"] == "Net spend"]
        assert spent["value"] == "€10.00"
        assert "And $70.00, for which no exchange rate is known." in words(answer)

    def test_says_when_a_regular_has_fallen_silent(self, staff, bought):
        for days_ago in (400, 380, 360, 200):
            contact = bought("ana@example.com", days_ago=days_ago).contact_id

        shown = words(staff.get(f"/customers/{contact}/"))
        assert "silent for 200\xa0days" in shown
        assert "There is no consent to marketing e-mail" in shown

    def test_leads_a_merged_one_to_the_survivor_and_says_so(self, staff, ana, bea):
        contacts.merge(keep=ana, absorb=bea, at=timezone.now())

        answer = staff.get(f"/customers/{bea}/", follow=True)

        assert answer.redirect_chain == [(f"/customers/{ana}/", 302)]
        assert "Bea Lund was merged into this customer." in words(answer)

    def test_shows_who_has_the_same_number_however_it_is_written(self, staff, ana, bea):
        for contact, phone in ((ana, "+49 171 555 0199"), (bea, "0171/5550199")):
            contacts.describe(contact=contact, words={"phone": phone}, at=timezone.now())

        answer = staff.get(f"/customers/{ana}/")

        assert [each["id"] for each in answer.context["suggestions"]] == [bea]

    @pytest.mark.parametrize("path", ["", "edit/", "links/", "merge/"])
    def test_knows_nobody_of_another_tenant(self, staff, book_shop, path):
        with tenancy.opened(book_shop.schema_name):
            stranger = contacts.at_address(email="x@example.com", evidence="staff", at=timezone.now())

        assert staff.get(f"/customers/{stranger.pk}/{path}").status_code == 404
        assert staff.get(f"/customers/{uuid4()}/{path}").status_code == 404

    def test_tells_one_kind_of_things_when_asked(self, staff, bought):
        contact = bought(
            "ana@example.com",
            lines=(line("20.00"),),
            refunds=(refund("5.00", refunded_at=timezone.now(), reason="chipped"),),
        ).contact_id

        answer = staff.get(f"/customers/{contact}/?show=refunds", headers=PART)

        assert [event["body"] for event in answer.context["events"]] == ["chipped"]
        assert answer.context["events"][0]["amount"] == "\N{MINUS SIGN}€5.00"
        assert "<html" not in words(answer)

    def test_pages_through_a_long_story(self, staff, bought_many):
        contact = bought_many(*(told(days_ago=days_ago) for days_ago in range(1, 24)))[0].contact_id

        first = staff.get(f"/customers/{contact}/")
        second = staff.get(first.context["next"])

        ats = [event["at"] for answer in (first, second) for event in answer.context["events"]]
        assert len(ats) == 23
        assert ats == sorted(ats, reverse=True)


class TestNotes:
    def test_are_written_taken_back_and_put_back(self, staff, ana):
        staff.post(f"/customers/{ana}/notes/", {"body": "Prefers <b>sencha</b> tea"})
        note = Note.objects.get()
        shown = words(staff.get(f"/customers/{ana}/"))

        assert "Prefers &lt;b&gt;sencha&lt;/b&gt; tea" in shown
        assert "Note by Jo Marsh" in shown
        assert f"/customers/{ana}/notes/{note.pk}/take-back/" in shown

        staff.post(f"/customers/{ana}/notes/{note.pk}/take-back/")
        assert "sencha" not in words(staff.get(f"/customers/{ana}/"))

        staff.post(f"/customers/{ana}/notes/{note.pk}/put-back/")
        assert "sencha" in words(staff.get(f"/customers/{ana}/"))

    def test_come_back_as_a_part_with_a_way_to_undo(self, staff, ana):
        answer = staff.post(f"/customers/{ana}/notes/", {"body": "Called"}, headers=PART)

        assert answer.context["events"][0]["body"] == "Called"
        assert "The note is saved." in words(answer)
        assert "Undo" in words(answer)

    @pytest.mark.parametrize("body", ["", "   ", "x" * 10_001])
    def test_that_cannot_be_kept_are_refused(self, staff, ana, body):
        answer = staff.post(f"/customers/{ana}/notes/", {"body": body}, headers=PART)

        assert answer.context["note_error"]
        assert not Note.objects.exists()


class TestProfile:
    def test_is_edited_in_place(self, staff, ana):
        form = staff.get(f"/customers/{ana}/edit/", headers=PART)
        said = {**form.context["form"].initial, "city": "Bonn", "country_code": "DE"}
        answer = staff.post(f"/customers/{ana}/edit/", said, headers=PART)

        assert '<form method="post"' in words(form)
        assert "Germany" in words(answer)
        assert (Contact.objects.get(pk=ana).city, Contact.objects.get(pk=ana).name) == ("Bonn", "Ana Ray")

    def test_is_a_page_of_its_own_without_a_script(self, staff, ana):
        assert "<html" in words(staff.get(f"/customers/{ana}/edit/"))
        assert staff.post(f"/customers/{ana}/edit/", {"first_name": "Anna"}).status_code == 302
        assert Contact.objects.get(pk=ana).first_name == "Anna"

    def test_refuses_a_word_that_does_not_fit(self, staff, ana):
        answer = staff.post(f"/customers/{ana}/edit/", {"phone": "1" * 41}, headers=PART)

        assert answer.status_code == 422
        assert Contact.objects.get(pk=ana).phone == ""


class TestTags:
    def test_are_added_removed_and_brought_back(self, staff, ana):
        staff.post(f"/customers/{ana}/tags/", {"name": "wholesale / EU"})
        assert Contact.objects.get(pk=ana).tags == ["wholesale / EU"]
        shown = words(staff.get(f"/customers/{ana}/"))
        assert "wholesale / EU" in shown

    def test_are_undone_by_the_toast(self, staff, ana):
        staff.post(f"/customers/{ana}/tags/", {"name": "gold"})
        staff.post(f"/customers/{ana}/tags/remove/", {"name": "gold"})
        assert Contact.objects.get(pk=ana).tags == []

        staff.post(f"/customers/{ana}/tags/?name=gold", {"csrfmiddlewaretoken": "as a browser sends it"})
        assert Contact.objects.get(pk=ana).tags == ["gold"]

    def test_of_no_letters_are_refused(self, staff, ana):
        answer = staff.post(f"/customers/{ana}/tags/", {"name": " "}, follow=True)

        assert "A tag is one or a few words" in words(answer)


class TestConsent:
    def said(self, **more):
        day = (timezone.localdate() - timedelta(days=2)).isoformat()
        return {"channel": "email", "is_given": "yes", "ground": "at the till", "happened_on": day, **more}

    def test_is_recorded_with_ground_date_and_wording(self, staff, ana):
        staff.post(f"/customers/{ana}/consents/", self.said(evidence="I want news."))

        word = Consent.objects.get()
        assert (word.channel, word.is_given, word.ground) == (Channel.EMAIL, True, "at the till")
        shown = words(staff.get(f"/customers/{ana}/"))
        assert "at the till" in shown
        assert "I want news." in shown

    @pytest.mark.parametrize("wrong", [{"ground": ""}, {"channel": "fax"}, {"happened_on": "2999-01-01"}])
    def test_without_proof_is_refused(self, staff, ana, wrong):
        answer = staff.post(f"/customers/{ana}/consents/", self.said(**wrong))

        assert answer.status_code == 422
        assert answer.context["consent_form"].errors
        assert not Consent.objects.exists()


class TestIdentity:
    def test_says_why_this_is_one_person(self, staff, ana):
        shown = words(staff.get(f"/customers/{ana}/links/"))

        assert "ana@example.com" in shown
        assert "given with an order" in shown

    def test_shows_both_before_merging_and_undoes_it(self, staff, ana, bea):
        asked = staff.get(f"/customers/{ana}/merge/?words=bea")
        assert [each["id"] for each in asked.context["found"]] == [bea]
        compared = words(staff.get(f"/customers/{ana}/merge/?with={bea}"))
        assert "ana@example.com" in compared
        assert "bea@example.com" in compared
        assert not Contact.objects.get(pk=bea).is_merged

        staff.post(f"/customers/{ana}/merge/", {"with": str(bea)})
        assert Contact.objects.get(pk=bea).merged_into_id == ana
        assert "Bea Lund" in words(staff.get(f"/customers/{ana}/links/"))

        staff.post(f"/customers/{bea}/unmerge/")
        assert not Contact.objects.get(pk=bea).is_merged

    def test_takes_an_address_apart_and_back_by_the_toast(self, staff, ana):
        link = Contact.objects.get(pk=ana).links.get(kind="email")

        answer = staff.post(f"/customers/{ana}/links/{link.pk}/undo/", follow=True)

        made = Contact.objects.get(email="ana@example.com")
        assert made.pk != ana
        assert f"/customers/{ana}/merge/?with={made.pk}" in words(answer)
        staff.post(f"/customers/{ana}/merge/?with={made.pk}")
        assert Contact.objects.get(pk=made.pk).merged_into_id == ana

    @pytest.mark.parametrize("other", ["nonsense", "", "self"])
    def test_merges_with_nobody_but_a_customer(self, staff, ana, other):
        answer = staff.post(f"/customers/{ana}/merge/", {"with": str(ana) if other == "self" else other})

        assert answer.status_code == 200
        assert Contact.objects.get(pk=ana).merged_into_id is None


def test_the_figures_are_exact_to_the_last_digit(staff, bought):
    for goods in ("0.10", "0.20"):
        contact = bought("ana@example.com", goods=goods).contact_id

    assert Contact.objects.get(pk=contact).metrics.total_spent == Decimal("0.30")
    assert "€0.30" in words(staff.get(f"/customers/{contact}/"))
