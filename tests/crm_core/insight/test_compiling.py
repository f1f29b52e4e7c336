"""Every kind of rule beside the same question put to plain Python objects."""

from datetime import timedelta
from decimal import Decimal

import pytest

from regulars.crm_core.commerce.models import OrderLine
from regulars.crm_core.customers.models import Consent
from regulars.crm_core.insight import metrics, segments
from regulars.crm_core.insight.models import Assumptions, CustomerMetrics
from regulars.platform import tenancy
from tests.crm_core.insight.rows import NOON, consent, days_ago, entry, order, person, product

pytestmark = pytest.mark.usefixtures("tenant")


def bought(contact, what, *, at, quantity="1", **more):
    made = order(contact, at=at, goods="0", **more)
    entry(made, "item", "10", at=at, product=what)
    OrderLine.objects.create(
        order=made, product=what, position=1, external_id="1", title="x", quantity=Decimal(quantity)
    )
    return made


@pytest.fixture
def tea():
    return product("Green tea")


@pytest.fixture
def people(tea):
    """Ada once long ago, Bo once lately, Cy often, Di never; Ed was folded into Cy."""
    Assumptions.objects.create(pk=1, margin_percent=Decimal(50))
    ada = person("Ada Reed", city="Köln", country_code="DE", company="Reed & Co", tags=["VIP"], source="push")
    bo = person("Bo Lind", city="köln", country_code="SE", email="bo@Mail.example.org")
    cy = person("Cy 100%", city="York", country_code="GB", tags=["vip", "b2b"], email="cy@org")
    di = person("Di Holm", email="", tags=["null"])
    ed = person("Ed Vance", city="Köln", country_code="DE", tags=["vip"])
    type(di).objects.filter(pk=di.pk).update(appeared_at=days_ago(400))
    bought(ada, tea, at=days_ago(61))
    bought(bo, tea, at=days_ago(60), quantity="0")  # changed its mind: the line stands at nothing
    for days in (5, 30, 100):
        order(cy, at=days_ago(days), goods="12.50")
    bought(cy, tea, at=days_ago(200), is_counted=False)
    bought(ed, tea, at=days_ago(10))
    consent(ada, is_given=True, at=days_ago(9))
    consent(bo, is_given=True, at=days_ago(9))
    consent(bo, is_given=False, at=days_ago(9))
    consent(cy, is_given=False, at=days_ago(9))
    consent(cy, is_given=True, at=days_ago(8))
    Consent.objects.create(contact=di, channel="sms", is_given=True, ground="form", happened_at=NOON)
    ed.merged_into = cy
    ed.save()
    metrics.recompute(contacts=None, at=NOON)
    return [ada, bo, cy, di]


def names(rules, *, at=NOON):
    found = {row.contact.name.split()[0] for row in segments.members(rules, at=at).select_related("contact")}
    assert segments.count(rules, at=at) == len(found)
    others = {row.contact.name.split()[0] for row in segments.members({"not": rules}, at=at)}
    assert found | others == {"Ada", "Bo", "Cy", "Di"}, "who is not in a segment is in its opposite"
    assert not found & others
    return "".join(sorted(name[0] for name in found))


def rule(field, is_, value):
    return {"field": field, "is": is_, "value": value}


FIGURES = [
    ("orders_count", lambda row: row.orders_count),
    ("total_spent", lambda row: row.total_spent),
    ("profit", lambda row: row.profit),
    ("average_gap_days", lambda row: row.average_gap_days),
]
MOMENTS = [
    ("last_order", lambda row: row.last_order_at),
    ("first_order", lambda row: row.first_order_at),
    ("appeared", lambda row: row.contact.appeared_at),
]


def told(holds):
    rows = CustomerMetrics.objects.filter(is_listed=True).select_related("contact")
    return "".join(sorted(row.contact.name[0] for row in rows if holds(row)))


class TestNumbers:
    @pytest.mark.parametrize(("field", "figure"), FIGURES)
    @pytest.mark.parametrize("limit", [0, 1, 3, 10, 38, 47])
    def test_compare_as_python_does_and_an_unknown_figure_fulfils_nothing(self, people, field, figure, limit):
        def known(row, test):
            return figure(row) is not None and test(figure(row))

        assert names(rule(field, "equals", limit)) == told(lambda row: known(row, lambda its: its == limit))
        assert names(rule(field, "at_least", limit)) == told(lambda row: known(row, lambda its: its >= limit))
        assert names(rule(field, "at_most", limit)) == told(lambda row: known(row, lambda its: its <= limit))
        between = told(lambda row: known(row, lambda its: 1 <= its <= limit + 1))
        assert names(rule(field, "between", [1, limit + 1])) == between

    def test_profit_that_nobody_knows_is_in_no_range(self, people):
        assert names(rule("profit", "at_least", -1000)) == "ABC"
        assert names(rule("average_gap_days", "at_least", 0)) == "C"


class TestMoments:
    @pytest.mark.parametrize(("field", "moment"), MOMENTS)
    @pytest.mark.parametrize("days", [1, 5, 60, 61, 399, 400])
    def test_count_back_from_the_time_given(self, people, field, moment, days):
        def within(row):
            return moment(row) is not None and moment(row) >= NOON - timedelta(days=days)

        assert names(rule(field, "within_days", days)) == told(within)
        assert names(rule(field, "not_within_days", days)) == told(lambda row: not within(row))

    def test_the_journeys_segment_grows_with_time(self, people):
        journey = {"all": [rule("orders_count", "equals", 1), rule("last_order", "not_within_days", 60)]}

        assert names(journey) == "A"
        assert names(journey, at=NOON + timedelta(seconds=1)) == "AB"


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (rule("stage", "any_of", ["new", "lead"]), "ABD"),
        (rule("stage", "none_of", ["lead"]), "ABC"),
        (rule("tag", "has", "vip"), "AC"),
        (rule("tag", "has", "VIP"), "AC"),
        (rule("tag", "has", "null"), "D"),
        (rule("tag", "has", "vi"), ""),
        (rule("tag", "has_not", "b2b"), "ABD"),
        (rule("city", "equals", "KÖLN"), "AB"),
        (rule("city", "not_equals", "köln"), "CD"),
        (rule("city", "any_of", ["york", "Köln"]), "ABC"),
        (rule("city", "none_of", ["york"]), "ABD"),
        (rule("company", "contains", "reed &"), "A"),
        (rule("company", "not_contains", "reed"), "BCD"),
        (rule("name", "contains", "%"), "C"),
        (rule("name", "contains", "_"), ""),
        (rule("country_code", "equals", "de"), "A"),
        (rule("country_code", "none_of", ["DE", "SE"]), "CD"),
        (rule("source", "equals", "push"), "A"),
        (rule("email_domain", "equals", "mail.example.org"), "B"),
        (rule("email_domain", "equals", "example.org"), ""),
        (rule("email_domain", "contains", "e.o"), "B"),
        (rule("email_domain", "contains", "org"), "BC"),
        (rule("consent", "given", "email"), "AC"),
        (rule("consent", "refused", "email"), "B"),
        (rule("consent", "unknown", "email"), "D"),
        (rule("consent", "given", "sms"), "D"),
        ({"any": [rule("tag", "has", "b2b"), rule("orders_count", "equals", 0)]}, "CD"),
        ({"all": [rule("tag", "has", "vip"), {"not": rule("consent", "given", "email")}]}, ""),
        (
            {
                "not": {
                    "all": [rule("orders_count", "at_least", 1), rule("last_order", "not_within_days", 60)]
                }
            },
            "BCD",
        ),
        ({"any": [rule("last_order", "not_within_days", 60), rule("city", "equals", "york")]}, "ACD"),
    ],
)
def test_words_tags_consent_and_groups_choose(people, rules, expected):
    assert names(rules) == expected


class TestBought:
    def ask(self, is_, what, **days):
        return names(rule("bought", is_, {"product": str(what.pk), **days}))

    def test_looks_at_what_still_stands_in_counted_orders(self, people, tea):
        assert self.ask("ever", tea) == "A"
        assert self.ask("never", tea) == "BCD"
        assert self.ask("within_days", tea, days=61) == "A"
        assert self.ask("within_days", tea, days=60) == ""
        assert self.ask("not_within_days", tea, days=60) == "ABCD"

    def test_leaves_out_orders_that_are_gone_or_tests(self, people, tea):
        bought(people[3], tea, at=NOON)
        assert self.ask("ever", tea) == "AD"

        people[3].orders.update(is_test=True)
        people[0].orders.update(gone_at=NOON)

        assert self.ask("ever", tea) == ""

    def test_may_stand_in_an_or_beside_words(self, people, tea):
        ever = rule("bought", "ever", {"product": str(tea.pk)})

        assert names({"any": [ever, rule("city", "equals", "york")]}) == "AC"


def test_members_are_one_statement_that_joins_contacts_only_when_asked(
    people, tea, django_assert_num_queries
):
    plain = segments.members(rule("orders_count", "at_least", 1), at=NOON)
    by_city = segments.members(rule("city", "equals", "York"), at=NOON)

    assert "customers_contact" not in str(plain.query)
    assert "customers_contact" in str(by_city.query)
    with django_assert_num_queries(1):
        assert [row.pk for row in by_city] == [people[2].pk]


def test_another_tenants_customers_are_not_counted(people, book_shop):
    with tenancy.opened(book_shop.schema_name):
        assert segments.count(rule("orders_count", "at_least", 0), at=NOON) == 0
