import json
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.crm_core.insight import metrics, stages
from regulars.crm_core.insight.models import CustomerMetrics, Stage
from regulars.platform import tenancy
from tests.crm_core.insight.rows import NOON, days_ago, order, person

ANSWERS = f"""
SELECT {stages.SQL} FROM (
    SELECT (r->>'orders_count')::int AS orders_count, (r->>'last_order_at')::timestamptz AS last_order_at,
        (r->>'average_gap_days')::numeric AS average_gap_days
    FROM jsonb_array_elements(%(rows)s::jsonb) WITH ORDINALITY AS t(r, place) ORDER BY place
) AS given
"""


def stage(orders, silent_days, gap=None):
    return stages.of(
        orders_count=orders,
        last_order_at=None if silent_days is None else NOON - timedelta(days=silent_days),
        average_gap_days=None if gap is None else Decimal(gap),
        at=NOON,
    )


class TestOf:
    @pytest.mark.parametrize(
        ("orders", "silent_days", "gap", "expected"),
        [
            (0, None, None, Stage.LEAD),
            (1, 0, None, Stage.NEW),
            (1, 180, None, Stage.NEW),  # twice the assumed 90 days, to the minute
            (1, 180.001, None, Stage.AT_RISK),
            (2, 40, "20", Stage.REPEAT),
            (2, 40.001, "20", Stage.AT_RISK),
            (4, 5, "20", Stage.REPEAT),
            (5, 5, "20", Stage.LOYAL),
            (5, 41, "20", Stage.AT_RISK),
            (2, 29, "1", Stage.REPEAT),  # two orders in a week make no weekly buyer
            (2, 31, "1", Stage.AT_RISK),
            (9, 365, "300", Stage.LOYAL),
            (9, 366, "300", Stage.LAPSED),
            (1, 366, None, Stage.LAPSED),
        ],
    )
    def test_judges_by_silence_first_and_number_of_orders_second(self, orders, silent_days, gap, expected):
        assert stage(orders, silent_days, gap) == expected


class TestTheRuleInSql:
    def test_says_the_same_as_the_rule_in_python(self, tenant):
        @given(
            st.lists(
                st.tuples(
                    st.integers(0, 7),
                    st.one_of(
                        st.none(),
                        st.integers(0, 400 * stages.DAY_SECONDS),
                        # the edges: whole days before, at and after each threshold
                        st.sampled_from([30, 40, 180, 365]).map(lambda days: days * stages.DAY_SECONDS),
                        st.sampled_from([30, 40, 180, 365]).map(lambda days: days * stages.DAY_SECONDS + 1),
                    ),
                    st.one_of(st.none(), st.decimals(0, 400, places=2), st.just(Decimal(20))),
                ),
                min_size=1,
                max_size=60,
            )
        )
        def compare(cases):
            figures = [
                {
                    "orders_count": orders,
                    "last_order_at": None if silent is None else NOON - timedelta(seconds=silent),
                    "average_gap_days": gap,
                }
                for orders, silent, gap in cases
            ]

            answers = tenancy.rows(ANSWERS, {"at": NOON, "rows": json.dumps(figures, default=str)})

            assert [answer for (answer,) in answers] == [stages.of(**each, at=NOON) for each in figures]

        compare()


@pytest.mark.usefixtures("tenant")
class TestRevisit:
    def test_moves_those_who_went_silent_and_nobody_else(self):
        silent, regular = person("Ada Reed"), person("Bo Lind")
        for contact, days in ((silent, 60), (silent, 40), (regular, 25), (regular, 5)):
            order(contact, at=days_ago(days))
        metrics.recompute(contacts=None, at=days_ago(3))
        before = CustomerMetrics.objects.get(contact=regular).computed_at

        moved = stages.revisit(at=NOON + timedelta(days=1))

        assert moved == 1
        assert CustomerMetrics.objects.get(contact=silent).stage == Stage.AT_RISK
        assert CustomerMetrics.objects.get(contact=regular).stage == Stage.REPEAT
        assert CustomerMetrics.objects.get(contact=regular).computed_at == before
        assert stages.revisit(at=NOON + timedelta(days=1)) == 0
