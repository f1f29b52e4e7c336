"""Customers as partners read them."""

from datetime import timedelta
from decimal import Decimal

import pytest

from regulars.crm_core.customers.models import Contact, Link
from regulars.platform import tenancy
from tests.rest.conftest import NOON, make_customer

PATH = "/api/v1/customers"
FIGURES = {
    "orders_count": 3,
    "total_spent": Decimal("59.4900"),
    "first_order_at": NOON,
    "last_order_at": NOON + timedelta(days=40, microseconds=250),
    "stage": "repeat",
    "elsewhere": {"USD": "10.5", "JPY": "1200.0000"},
}


@pytest.fixture(autouse=True)
def _inside(tenant):
    """Rows are made inside the tenant; each request enters and leaves on its own."""


def names(answer):
    return [customer["name"] for customer in answer["results"]]


class TestList:
    def test_shows_a_customer_with_its_figures(self, partner):
        contact = make_customer(figures=FIGURES, city="London", tags=["vip"])

        (shown,) = partner.json(PATH, email="ada@example.com")["results"]

        assert shown == {
            "id": str(contact.pk),
            "email": "ada@example.com",
            "name": "Ada Byron",
            "first_name": "Ada",
            "last_name": "Byron",
            "phone": "",
            "company": "",
            "city": "London",
            "region": "",
            "country_code": "",
            "tags": ["vip"],
            "stage": "repeat",
            "orders_count": 3,
            "total_spent": {"amount": "59.49", "currency": "EUR"},
            "spent_elsewhere": [
                {"amount": "1200", "currency": "JPY"},
                {"amount": "10.50", "currency": "USD"},
            ],
            "first_order_at": "2026-03-01T12:00:00Z",
            "last_order_at": "2026-04-10T12:00:00.000250Z",
            "appeared_at": "2026-03-01T12:00:00Z",
            "updated_at": "2026-03-01T12:00:00Z",
            "merged_into": None,
        }

    def test_shows_a_contact_without_figures_as_a_lead_that_spent_nothing(self, partner):
        make_customer()

        (shown,) = partner.json(PATH)["results"]

        assert (shown["stage"], shown["orders_count"]) == ("lead", 0)
        assert shown["total_spent"] == {"amount": "0.00", "currency": "EUR"}
        assert shown["last_order_at"] is None

    def test_pages_newest_first_in_both_directions(self, partner):
        for minute in range(5):
            make_customer(f"Buyer {minute}", email=f"{minute}@example.com", minutes=minute)

        first = partner.json(PATH, limit=2)
        second = partner.get(first["next"]).json()
        third = partner.get(second["next"]).json()
        back = partner.get(third["previous"]).json()

        assert names(first) == ["Buyer 4", "Buyer 3"]
        assert names(second) == ["Buyer 2", "Buyer 1"]
        assert names(third) == ["Buyer 0"]
        assert (first["previous"], third["next"]) == (None, None)
        assert first["next"].startswith("http://teashop.localhost/api/v1/customers?limit=2&cursor=")
        assert names(back) == names(second)

    def test_leaves_out_those_who_were_merged(self, partner):
        kept = make_customer("Kept One")
        make_customer("Gone One", email="", merged_into=kept)

        assert names(partner.json(PATH)) == ["Kept One"]


class TestFilters:
    def test_finds_an_address_however_it_is_written(self, partner):
        make_customer()
        make_customer("Ada Byron-King", email="ada@example.com.au")

        assert names(partner.json(PATH, email=" ADA@Example.com ")) == ["Ada Byron"]

    def test_finds_an_address_that_only_the_contact_holds(self, partner):
        Contact.objects.create(
            name="Typed In", email="typed_in@example.com", appeared_at=NOON, changed_at=NOON
        )
        make_customer("Other", email="typedxin@example.com")

        assert names(partner.json(PATH, email="typed_in@example.com")) == ["Typed In"]

    def test_finds_the_survivor_by_the_address_of_whoever_was_merged(self, partner):
        survivor = make_customer("Survivor", email="new@example.com")
        middle = make_customer("Middle", email="", merged_into=survivor)
        gone = make_customer("Gone", email="", merged_into=middle)
        Link.objects.create(contact=gone, kind="email", value="old@example.com", linked_at=NOON)

        assert names(partner.json(PATH, email="old@example.com")) == ["Survivor"]

    @pytest.mark.parametrize("word", ["nobody", "@", "deleted@site.invalid", "%"])
    def test_finds_nobody_by_what_is_no_address(self, partner, word):
        make_customer(email="")
        make_customer("Ada", email="deleted@site.invalid")

        assert names(partner.json(PATH, email=word)) == []

    def test_does_not_follow_a_link_that_was_undone(self, partner):
        contact = make_customer(email="")
        Link.objects.create(
            contact=contact, kind="email", value="x@example.com", linked_at=NOON, undone_at=NOON
        )

        assert names(partner.json(PATH, email="x@example.com")) == []

    def test_finds_words_in_any_order(self, partner):
        make_customer(city="Ely")
        make_customer("Ada Lovelace", email="lovelace@example.com")

        assert names(partner.json(PATH, words="ely ADA")) == ["Ada Byron"]

    def test_takes_signs_of_a_pattern_as_they_are(self, partner):
        make_customer("100% Wool", email="w@example.com")
        make_customer("100x Wool", email="x@example.com")

        assert names(partner.json(PATH, words="100%")) == ["100% Wool"]

    def test_finds_a_stage_and_counts_those_without_orders_as_leads(self, partner):
        make_customer("Repeat", figures=FIGURES)
        make_customer("Computed Lead", email="a@example.com", figures={"stage": "lead"})
        make_customer("Bare Lead", email="b@example.com", minutes=1)

        assert names(partner.json(PATH, stage="repeat")) == ["Repeat"]
        assert names(partner.json(PATH, stage="lead")) == ["Bare Lead", "Computed Lead"]

    def test_finds_what_changed_since_whether_the_person_or_the_figures(self, partner):
        make_customer("Old", email="o@example.com", figures={"stage": "new"})
        make_customer("Changed", email="c@example.com", minutes=10)
        figures = make_customer("Recounted", email="r@example.com", figures={"stage": "new"}).metrics
        figures.computed_at = NOON + timedelta(minutes=20)
        figures.save()

        since = (NOON + timedelta(minutes=10)).isoformat()
        assert names(partner.json(PATH, updated_after=since)) == ["Changed", "Recounted"]
        assert names(partner.json(PATH, updated_after="2026-03-01T13:20:00+01:00")) == ["Recounted"]

    def test_keeps_its_filters_on_the_next_page_and_refuses_others(self, partner):
        for minute in range(3):
            make_customer(f"Ada {minute}", email=f"a{minute}@example.com", minutes=minute)
        make_customer("Bob", email="bob@example.com", minutes=1)

        first = partner.json(PATH, words="ada", limit=2)

        assert names(partner.get(first["next"]).json()) == ["Ada 0"]
        refused = partner.get(first["next"].replace("words=ada", "words=bob"))
        assert (refused.status_code, refused.json()["code"]) == (400, "bad_cursor")


class TestDetail:
    def test_shows_the_same_as_the_list(self, partner):
        contact = make_customer(figures=FIGURES)

        assert partner.json(f"{PATH}/{contact.pk}") == partner.json(PATH)["results"][0]

    def test_answers_for_a_merged_id_with_the_survivor(self, partner):
        survivor = make_customer("Survivor", figures=FIGURES)
        middle = make_customer("Middle", email="", merged_into=survivor)
        gone = make_customer("Gone", email="", merged_into=middle)

        shown = partner.json(f"{PATH}/{gone.pk}")

        assert (shown["id"], shown["merged_into"]) == (str(survivor.pk), str(survivor.pk))
        assert shown["name"] == "Survivor"

    @pytest.mark.parametrize("path", ["018f0000-0000-7000-8000-000000000000", "17", "x" * 300, "%00"])
    def test_answers_404_for_an_id_that_is_none(self, partner, path):
        answer = partner.get(f"{PATH}/{path}")

        assert answer.status_code == 404
        assert answer.json()["code"] == "not_found"


class TestStatements:
    def asked(self, partner, django_assert_num_queries, count, path, **query):
        with tenancy.shared():
            partner.json(path, **query)  # the key is known from now on
            with django_assert_num_queries(count):
                partner.json(path, **query)

    @pytest.mark.parametrize("size", [1, 40])
    def test_is_one_to_list_any_number(self, partner, django_assert_num_queries, size):
        for number in range(size):
            make_customer(f"Buyer {number}", email=f"{number}@example.com", figures=FIGURES)

        self.asked(partner, django_assert_num_queries, 1, PATH, limit=100)

    def test_are_two_for_one_customer(self, partner, django_assert_num_queries):
        contact = make_customer(figures=FIGURES)

        self.asked(partner, django_assert_num_queries, 2, f"{PATH}/{contact.pk}")
