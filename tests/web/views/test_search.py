import pytest
from django.utils import timezone

from regulars.crm_core.customers import contacts
from regulars.platform import tenancy
from regulars.web.views.search import marked
from tests.web.conftest import words

PART = {"hx-request": "true"}


def hits(answer, title):
    return next((group["hits"] for group in answer.context["groups"] if group["title"] == title), [])


class TestPalette:
    def test_puts_beginnings_of_names_first(self, staff, bought):
        bought("x@example.com", name=("Amara", "Diallo"), goods="900.00")
        bought("y@example.com", name=("Priya", "Maron"), goods="500.00")
        bought("z@example.com", name=("Mateo", "Silva"), goods="1.00")

        found = hits(staff.get("/search/?words=mar", headers=PART), "Customers")
        assert [hit["name"] for hit in found] == ["Priya Maron", "Amara Diallo"]
        found = hits(staff.get("/search/?words=ma", headers=PART), "Customers")
        assert [hit["name"] for hit in found] == ["Mateo Silva", "Priya Maron"]

    @pytest.mark.parametrize("written", ["0171 555 01 99", "+49 (0)171 5550199", "0049-171-5550199"])
    def test_knows_who_calls_however_the_number_is_written(self, staff, bought, tea_shop, written):
        order = bought()
        with tenancy.opened(tea_shop.schema_name):
            phone = {"phone": "+49 171 5550199"}
            contacts.describe(contact=order.contact_id, words=phone, at=timezone.now())

        found = hits(staff.get("/search/", {"words": written}, headers=PART), "Customers")

        assert [hit["name"] for hit in found] == ["Ana Ray"]

    def test_finds_orders_by_number(self, staff, bought):
        order = bought(number="A-1042")

        found = hits(staff.get("/search/?words=%23A-1042", headers=PART), "Orders")

        assert [hit["href"] for hit in found] == [f"/orders/{order.pk}/"]

    def test_finds_pages(self, staff, helper):
        assert "Estimated" in str(hits(staff.get("/search/?words=margin", headers=PART), "Pages"))
        assert hits(staff.get("/search/?words=connect", headers=PART), "Pages")
        assert not hits(helper.get("/search/?words=connect+a", headers=PART), "Pages")

    def test_is_a_page_without_a_script_and_a_part_with_one(self, staff):
        assert "<html" in words(staff.get("/search/?words=ana"))
        assert "<html" not in words(staff.get("/search/?words=ana", headers=PART))

    @pytest.mark.parametrize("query", ["", "words=", "words=%25%5F%27", "words=" + "x" * 500])
    def test_minds_no_odd_words(self, staff, query):
        assert staff.get(f"/search/?{query}", headers=PART).status_code == 200


class TestMarked:
    def test_marks_beginnings_of_words(self):
        assert marked("Mama Ma", "ma") == "<mark>Ma</mark>ma <mark>Ma</mark>"

    def test_marks_the_middle_where_nothing_begins_so(self):
        assert marked("Amara", "mar") == "A<mark>mar</mark>a"

    def test_leaves_no_tag_of_a_name_alive(self):
        assert marked("<b>ma", "ma") == "&lt;b&gt;<mark>ma</mark>"
