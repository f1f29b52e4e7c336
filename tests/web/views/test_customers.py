import csv
import io

import pytest
from django.utils import timezone

from regulars.crm_core.customers import consent, contacts
from regulars.crm_core.customers.models import Channel, Contact
from regulars.platform import tenancy
from regulars.platform.sheets.cells import harmless
from tests.web.conftest import told, words

LIST_STATEMENTS = 12
LIST_BYTES = 60 * 1024


def names(answer):
    return [row["name"] for row in answer.context["page"]["rows"]]


class TestIndex:
    def test_leads_a_fresh_tenant_to_the_next_step(self, staff):
        answer = staff.get("/customers/")

        assert "No customers yet" in words(answer)
        assert "/shops/new/" in words(answer)

    def test_lists_who_spent_most_first(self, staff, bought):
        bought("ana@example.com", goods="10.00")
        bought("bea@example.com", goods="30.00", name=("Bea", "Lund"))

        answer = staff.get("/customers/")

        assert names(answer) == ["Bea Lund", "Ana Ray"]
        assert "€30.00" in words(answer)

    def test_finds_by_a_part_of_the_name_and_keeps_it_in_the_address(self, staff, bought):
        bought("ana@example.com")
        bought("bea@example.com", name=("Bea", "Lund"))

        answer = staff.get("/customers/?words=lun&sort=name")

        assert names(answer) == ["Bea Lund"]
        assert 'value="lun"' in words(answer)
        assert "words=lun" in words(answer)

    def test_answers_htmx_with_the_rows_and_the_tabs_alone(self, staff, bought):
        bought()

        answer = staff.get("/customers/?words=ana", headers={"hx-request": "true"})

        assert "<html" not in words(answer)
        assert words(answer).strip().startswith('<div id="customer-rows"')
        assert 'id="customer-tabs"' in words(answer)
        assert "HX-Request" in answer.headers["Vary"]

    def test_says_when_nobody_matches(self, staff, bought):
        bought()

        assert "Nobody matches" in words(staff.get("/customers/?words=zzz"))

    def test_filters_by_consent(self, staff, bought, tea_shop):
        bought("ana@example.com")
        asked = bought("bea@example.com", name=("Bea", "Lund"))
        with tenancy.opened(tea_shop.schema_name):
            consent.say(
                contact=asked.contact_id,
                channel=Channel.EMAIL,
                is_given=True,
                ground="form",
                at=timezone.now(),
            )

        assert names(staff.get("/customers/?reach=yes")) == ["Bea Lund"]
        assert names(staff.get("/customers/?reach=no")) == ["Ana Ray"]

    def test_goes_to_the_next_page_and_back(self, staff, bought_many):
        bought_many(*(told(f"{number}@example.com", goods=f"{100 - number}.00") for number in range(27)))

        first = staff.get("/customers/")
        second = staff.get(first.context["next"])
        again = staff.get(second.context["previous"])

        assert [len(first.context["page"]["rows"]), len(second.context["page"]["rows"])] == [25, 2]
        assert names(again) == names(first)

    def test_refuses_a_page_link_of_another_list(self, staff, bought_many):
        bought_many(*(told(f"{number}@example.com") for number in range(27)))
        link = staff.get("/customers/").context["next"]

        answer = staff.get(f"{link}&words=ana")

        assert answer.status_code == 400
        assert "Start again from the first page" in words(answer)

    @pytest.mark.parametrize("query", ["stage=nonsense", "sort=nonsense", "reach=maybe", "words=%00%01"])
    def test_does_not_mind_what_nobody_knows(self, staff, query):
        assert staff.get(f"/customers/?{query}").status_code == 200

    def test_keeps_to_its_budget(self, staff, bought_many, django_assert_max_num_queries):
        bought_many(
            *(
                told(f"{number}@example.com", name=(f"Ana{number}", "of a rather long family name"))
                for number in range(26)
            )
        )

        with django_assert_max_num_queries(LIST_STATEMENTS):
            answer = staff.get("/customers/")

        assert len(answer.content) < LIST_BYTES


class TestNew:
    def test_adds_somebody_with_what_was_said(self, staff, tea_shop):
        answer = staff.post(
            "/customers/new/",
            {"email": " Cleo@Example.com ", "first_name": "Cleo", "last_name": "Fox", "city": "Bonn"},
        )

        with tenancy.opened(tea_shop.schema_name):
            made = Contact.objects.get(email="cleo@example.com")
        assert (made.name, made.city) == ("Cleo Fox", "Bonn")
        assert answer["Location"] == f"/customers/{made.pk}/"

    @pytest.mark.parametrize("email", ["", "nonsense", "deleted@site.invalid"])
    def test_refuses_what_is_no_address_of_a_person(self, staff, tea_shop, email):
        answer = staff.post("/customers/new/", {"email": email})

        assert answer.status_code == 422
        assert answer.context["form"].errors["email"]
        with tenancy.opened(tea_shop.schema_name):
            assert not Contact.objects.exists()


class TestExport:
    def rows(self, answer):
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text)))

    def test_holds_every_row_of_the_list_not_only_the_page(self, staff, bought_many):
        bought_many(*(told(f"{number}@example.com", goods=f"{100 - number}.00") for number in range(27)))

        answer = staff.get("/customers/export/")

        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        found = self.rows(answer)
        assert [row["E-mail"] for row in found] == [f"{number}@example.com" for number in range(27)]
        assert found[0]["Net spend"] == "100.00"

    def test_begins_with_the_mark_that_spreadsheets_look_for(self, staff, bought):
        bought()

        assert b"".join(staff.get("/customers/export/").streaming_content).startswith(b"\xef\xbb\xbf")

    def test_is_filtered_like_the_list(self, staff, bought):
        bought("ana@example.com")
        bought("bea@example.com", name=("Bea", "Lund"))

        assert [row["Name"] for row in self.rows(staff.get("/customers/export/?words=bea"))] == ["Bea Lund"]

    def test_runs_no_formula(self, staff, bought, tea_shop):
        order = bought("ana@example.com")
        with tenancy.opened(tea_shop.schema_name):
            words = {"first_name": "=HYPERLINK(1)", "last_name": ""}
            contacts.describe(contact=order.contact_id, words=words, at=timezone.now())

        assert self.rows(staff.get("/customers/export/"))[0]["Name"] == "'=HYPERLINK(1)"

    @pytest.mark.parametrize("value", ["=1+1", "+1a", "-x", "@SUM(A1)", "\t=1", " =1", "\uff1d1"])
    def test_quotes_each_way_to_begin_a_formula(self, value):
        assert harmless(value) == f"'{value}"

    @pytest.mark.parametrize("value", ["-12.50", "plain", "a=b", "", 5])
    def test_leaves_numbers_and_words_alone(self, value):
        assert harmless(value) == value
