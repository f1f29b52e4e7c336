"""Geometry of charts: what is highest is on top, what is empty does not fail."""

from decimal import Decimal

import pytest

from regulars.web import charts


def drawn(values, **more):
    labels = [str(n) for n in range(len(values))]
    return charts.line(labels=labels, values=values, shown=str, scaled=str, **more)


class TestSpark:
    def test_runs_from_edge_to_edge(self):
        assert charts.spark([0, 1, 2]).line == "M0 94L500 53L1000 12"

    def test_lies_flat_when_nothing_changes(self):
        assert charts.spark([Decimal(5), Decimal(5)]).line == "M0 94L1000 94"

    def test_draws_nothing_of_one_value(self):
        assert charts.spark([1]) is None
        assert charts.spark([]) is None


class TestLine:
    def test_scales_to_round_numbers_above_the_highest(self):
        scale = drawn([Decimal(2410), Decimal(10)]).scale

        assert [Decimal(word) for word in scale] == [3000, 2250, 1500, 750, 0]

    def test_shares_the_scale_with_the_period_before(self):
        chart = drawn([1, 1], before=[2, 4])

        assert [Decimal(word) for word in chart.scale] == [4, 3, 2, 1, 0]
        assert chart.line == "M250 75L750 75"
        assert chart.before == "M250 50L750 0"

    def test_stands_on_zero_when_nothing_was_sold(self):
        chart = drawn([0, 0, 0])

        assert chart.line == "M166.7 100L500 100L833.3 100"
        assert chart.scale[-1] == "0"

    def test_draws_nothing_of_no_days(self):
        chart = drawn([])

        assert (chart.line, chart.area, chart.points) == ("", "", ())

    def test_marks_some_days_and_tells_all(self):
        chart = drawn(list(range(30)), before=list(range(30)))

        assert len([point for point in chart.points if point.mark]) <= charts.MARKS_WIDE
        assert chart.points[29].value == "29"
        assert chart.points[29].before == "29"

    def test_refuses_lists_of_different_lengths(self):
        with pytest.raises(ValueError, match="one length"):
            charts.line(labels=["a"], values=[1, 2], shown=str, scaled=str)
