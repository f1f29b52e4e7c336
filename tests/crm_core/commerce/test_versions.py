from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from regulars.crm_core.commerce import versions
from regulars.crm_core.commerce.versions import Verdict
from tests.factories.commerce import NOON, line, order, source

EARLIER, LATER = NOON - timedelta(seconds=1), NOON + timedelta(seconds=1)


def verdict(*, told, told_hash="b", known=NOON, known_hash="a", gone_at=None, origin="webhook"):
    return versions.verdict(
        told=told,
        told_hash=told_hash,
        known=known,
        known_hash=known_hash,
        gone_at=gone_at,
        source=source(origin),
    )


class TestVerdict:
    @pytest.mark.parametrize(
        ("told", "told_hash", "origin", "expected"),
        [
            (LATER, "b", "webhook", Verdict.APPLY),
            (LATER, "a", "webhook", Verdict.APPLY),  # nothing new but the time: the guard moves
            (EARLIER, "b", "webhook", Verdict.STALE),
            (EARLIER, "b", "fetch", Verdict.STALE),
            (NOON, "a", "webhook", Verdict.UNCHANGED),
            (NOON, "b", "webhook", Verdict.ASK),
            (NOON, "b", "fetch", Verdict.APPLY),
            (NOON, "b", "push", Verdict.APPLY),
            (None, "b", "webhook", Verdict.APPLY),
            (None, "a", "webhook", Verdict.UNCHANGED),
        ],
    )
    def test_holds_the_newest(self, told, told_hash, origin, expected):
        assert verdict(told=told, told_hash=told_hash, origin=origin) is expected

    @pytest.mark.parametrize(
        ("told", "gone_at", "origin", "expected"),
        [
            (EARLIER, LATER, "fetch", Verdict.STALE),
            (NOON, LATER, "webhook", Verdict.STALE),
            (NOON, LATER, "fetch", Verdict.RESTORE),
            (LATER, LATER, "webhook", Verdict.ASK),
            (LATER, LATER, "push", Verdict.STALE),
            (LATER, LATER, "fetch", Verdict.RESTORE),
            (LATER, NOON, "webhook", Verdict.RESTORE),
            (None, NOON, "webhook", Verdict.STALE),
            (None, NOON, "fetch", Verdict.RESTORE),
        ],
    )
    def test_lets_a_tombstone_stand_until_something_newer_comes(self, told, gone_at, origin, expected):
        assert verdict(told=told, gone_at=gone_at, origin=origin) is expected


class TestDigest:
    def test_is_equal_for_equal_amounts(self):
        told = order(lines=(line("10.00"),))

        other = replace(
            told, total=Decimal("10.0000"), lines=(replace(told.lines[0], total=Decimal("1E+1")),)
        )

        assert versions.digest(other) == versions.digest(told)

    @pytest.mark.parametrize(
        "more", [{"total": Decimal("10.01")}, {"number": "x"}, {"lines": ()}, {"changed_at": LATER}]
    )
    def test_differs_for_anything_else(self, more):
        told = order()

        assert versions.digest(replace(told, **more)) != versions.digest(told)
