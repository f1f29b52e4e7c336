from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.crm_core.insight import conditions, rules, tree
from regulars.crm_core.insight.rules import BadRules
from regulars.crm_core.insight.tree import (
    Bought,
    Consented,
    Every,
    Moment,
    Not,
    Number,
    Some,
    Staged,
    Tagged,
    Text,
)

JOURNEY = {
    "all": [
        {"field": "orders_count", "is": "equals", "value": 1},
        {"field": "last_order", "is": "not_within_days", "value": 60},
    ]
}
TEA = UUID(int=7)

words = st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), min_size=1, max_size=20
).filter(lambda text: text.strip())
days = st.integers(1, conditions.MAX_DAYS)
amounts = st.decimals("-99999", "99999", places=2)
choices = st.lists(words, min_size=1, max_size=4)


def rule(field, is_, value):
    return st.fixed_dictionaries({"field": field, "is": is_, "value": value})


figures = st.one_of(
    rule(st.sampled_from(tree.NUMBERS[1:]), st.sampled_from(tree.COMPARISONS[:3]), amounts.map(str)),
    rule(
        st.just("profit"),
        st.just("between"),
        st.tuples(amounts, amounts).map(lambda two: [str(min(two)), str(max(two))]),
    ),
    rule(st.just("orders_count"), st.sampled_from(tree.COMPARISONS[:3]), st.integers(0, 99)),
)
one_rule = st.one_of(
    figures,
    rule(st.sampled_from(tree.MOMENTS), st.sampled_from(tree.RECENCIES), days),
    rule(st.just("stage"), st.sampled_from(tree.CHOICES), st.lists(st.sampled_from(tree.STAGES), min_size=1)),
    rule(st.just("tag"), st.sampled_from(tree.POSSESSIONS), words),
    rule(st.sampled_from(["name", "city"]), st.sampled_from(["equals", "contains", "not_contains"]), words),
    rule(st.sampled_from(["name", "company"]), st.sampled_from(tree.CHOICES), choices),
    rule(st.just("consent"), st.sampled_from(tree.ANSWERS), st.sampled_from(tree.CHANNELS)),
    rule(
        st.just("bought"),
        st.sampled_from(["ever", "never"]),
        st.fixed_dictionaries({"product": st.uuids().map(str)}),
    ),
    rule(
        st.just("bought"),
        st.sampled_from(tree.TIMED),
        st.fixed_dictionaries({"product": st.uuids().map(str), "days": days}),
    ),
)
shallow = st.one_of(
    one_rule,
    st.lists(one_rule, min_size=1, max_size=4).map(lambda found: {"any": found}),
    one_rule.map(lambda found: {"not": found}),
)
trees = st.one_of(shallow, st.lists(shallow, min_size=1, max_size=4).map(lambda found: {"all": found}))


def nested(depth):
    data = {"field": "tag", "is": "has", "value": "vip"}
    for _ in range(depth):
        data = {"not": data}
    return data


class TestParsed:
    def test_reads_the_tree_of_typed_rules(self):
        assert rules.parsed(JOURNEY) == Every(
            (
                Number("orders_count", "equals", Decimal(1), Decimal(1)),
                Moment("last_order", "not_within_days", 60),
            )
        )

    def test_reads_every_kind_of_rule(self):
        data = {
            "any": [
                {"not": {"field": "tag", "is": "has", "value": " vip "}},
                {"field": "total_spent", "is": "between", "value": ["1.50", 3]},
                {"field": "stage", "is": "none_of", "value": ["loyal"]},
                {"field": "country_code", "is": "any_of", "value": ["de", "GB"]},
                {"field": "email_domain", "is": "equals", "value": "@Example.com"},
                {"field": "consent", "is": "given", "value": "email"},
                {"field": "bought", "is": "within_days", "value": {"product": str(TEA), "days": 90}},
            ]
        }

        assert rules.parsed(data) == Some(
            (
                Not(Tagged("has", "vip")),
                Number("total_spent", "between", Decimal("1.5"), Decimal(3)),
                Staged("none_of", ("loyal",)),
                Text("country_code", "any_of", ("DE", "GB")),
                Text("email_domain", "equals", ("example.com",)),
                Consented("given", "email"),
                Bought("within_days", TEA, 90),
            )
        )

    @given(trees)
    def test_reads_what_was_written(self, data):
        node = rules.parsed(data)

        assert rules.parsed(rules.written(node)) == node

    @pytest.mark.parametrize(
        ("data", "path"),
        [
            (None, ""),
            ([], ""),
            ({}, ""),
            ({"all": []}, "all"),
            ({"all": [], "any": []}, ""),
            ({"all": [JOURNEY], "field": "tag"}, ""),
            ({"all": [{"any": "x"}]}, "all.0.any"),
            ({"field": "password", "is": "equals", "value": 1}, "field"),
            ({"field": ["tag"], "is": "has", "value": "x"}, "field"),
            ({"field": "tag", "is": "equals", "value": "x"}, "is"),
            ({"field": "tag", "is": "has", "value": "x", "sql": "1"}, ""),
            ({"all": [JOURNEY, {"field": "tag", "is": "has", "value": "  "}]}, "all.1.value"),
            ({"field": "tag", "is": "has", "value": "a\x00"}, "value"),
            ({"field": "tag", "is": "has", "value": "\ud800"}, "value"),
            ({"field": "orders_count", "is": "equals", "value": True}, "value"),
            ({"field": "orders_count", "is": "equals", "value": 1.5}, "value"),
            ({"field": "orders_count", "is": "equals", "value": -1}, "value"),
            ({"field": "total_spent", "is": "at_least", "value": "NaN"}, "value"),
            ({"field": "total_spent", "is": "at_least", "value": "1e999999999"}, "value"),
            ({"field": "total_spent", "is": "at_least", "value": 10**5000}, "value"),
            ({"field": "total_spent", "is": "at_least", "value": "0.00001"}, "value"),
            ({"field": "total_spent", "is": "between", "value": [3, 1]}, "value"),
            ({"field": "total_spent", "is": "between", "value": 3}, "value"),
            ({"field": "last_order", "is": "within_days", "value": 0}, "value"),
            ({"field": "last_order", "is": "within_days", "value": 10**9}, "value"),
            ({"field": "stage", "is": "any_of", "value": ["vip"]}, "value"),
            ({"field": "stage", "is": "any_of", "value": []}, "value"),
            ({"field": "country_code", "is": "equals", "value": "Germany"}, "value"),
            ({"field": "consent", "is": "given", "value": "fax"}, "value"),
            ({"field": "bought", "is": "ever", "value": "x"}, "value"),
            ({"field": "bought", "is": "ever", "value": {"product": "x"}}, "value.product"),
            ({"field": "bought", "is": "ever", "value": {"product": str(TEA), "days": 3}}, "value.days"),
            ({"field": "bought", "is": "within_days", "value": {"product": str(TEA)}}, "value.days"),
            (nested(5), "not.not.not.not"),
        ],
    )
    def test_refuses_what_is_no_rule_and_says_where(self, data, path):
        with pytest.raises(BadRules) as refused:
            rules.parsed(data)

        assert (refused.value.path, refused.value.code) == (path, "bad_rules")
        assert str(refused.value)

    def test_takes_groups_and_rules_up_to_the_limits(self):
        one = nested(0)

        assert rules.parsed(nested(rules.MAX_DEPTH))
        assert rules.parsed({"all": [one] * rules.MAX_RULES})
        with pytest.raises(BadRules, match="at most 40 rules"):
            rules.parsed({"all": [{"any": [one] * 21}, {"any": [one] * 20}]})
