import uuid

import pytest
from django.utils import translation

from regulars.crm_core.insight import segments
from regulars.crm_core.insight.models import Segment
from regulars.crm_core.insight.rules import BadRules
from regulars.platform import tenancy
from regulars.platform.facts.models import Fact
from tests.crm_core.insight.rows import NOON, days_ago, product
from tests.crm_core.insight.test_rules import JOURNEY

pytestmark = pytest.mark.usefixtures("tenant")

VIP = {"field": "tag", "is": "has", "value": "vip"}
PROFITABLE = {"field": "profit", "is": "at_least", "value": "1200.5"}


def told():
    return [(fact.name, fact.subject_id) for fact in Fact.objects.order_by("pk")]


class TestSave:
    def test_makes_a_segment_and_says_so(self):
        made = segments.save(name="  Silent   firsts ", rules=JOURNEY, at=NOON)

        assert (made.name, made.rules, made.version, made.made_at) == ("Silent firsts", JOURNEY, 1, NOON)
        assert told() == [("segment.made", made.pk)]
        assert segments.found(made.pk) == made

    def test_changes_one_from_the_version_that_was_read(self):
        made = segments.save(name="Firsts", rules=JOURNEY, at=days_ago(1))

        changed = segments.save(name="VIP", rules=VIP, at=NOON, segment_id=made.pk, version=1)

        assert (changed.name, changed.rules, changed.version, changed.changed_at) == ("VIP", VIP, 2, NOON)
        assert Fact.objects.last().before == {"name": "Firsts", "rules": JOURNEY}
        segments.save(name="VIP", rules=VIP, at=NOON, segment_id=made.pk, version=2)
        assert [name for name, _subject in told()] == ["segment.made", "segment.changed"]

    def test_tells_who_edits_an_older_version(self):
        made = segments.save(name="Firsts", rules=JOURNEY, at=NOON)
        segments.save(name="Newer", rules=JOURNEY, at=NOON, segment_id=made.pk, version=1)

        with pytest.raises(segments.StaleSegment):
            segments.save(name="Mine", rules=VIP, at=NOON, segment_id=made.pk, version=1)

        assert segments.found(made.pk).name == "Newer"

    @pytest.mark.parametrize(
        ("name", "refusal"),
        [
            ("", segments.BadSegmentName),
            ("a" * 121, segments.BadSegmentName),
            ("a\x00b", segments.BadSegmentName),
            ("FIRSTS", segments.SegmentNameTaken),
        ],
    )
    def test_refuses_a_name_that_is_none_or_taken(self, name, refusal):
        segments.save(name="Firsts", rules=JOURNEY, at=NOON)

        with pytest.raises(refusal):
            segments.save(name=name, rules=VIP, at=NOON)

        assert Segment.objects.count() == Fact.objects.count() == 1

    def test_refuses_unknown_fields_and_products_that_are_gone(self):
        tea = product()
        tea.gone_at = NOON
        tea.save()
        gone = {"all": [VIP, {"field": "bought", "is": "ever", "value": {"product": str(tea.pk)}}]}
        never_was = {"field": "bought", "is": "ever", "value": {"product": str(uuid.uuid4())}}

        with pytest.raises(BadRules, match="no longer in the shop") as refused:
            segments.save(name="Tea", rules=gone, at=NOON)
        assert refused.value.path == "all.1.value.product"
        with pytest.raises(BadRules, match="does not exist"):
            segments.save(name="Tea", rules=never_was, at=NOON)
        with pytest.raises(BadRules):
            segments.save(name="Tea", rules={"field": "x"}, at=NOON)

        assert not Segment.objects.exists()
        assert not Fact.objects.exists()

    def test_refuses_another_tenants_segment_and_one_too_many(self, book_shop, monkeypatch):
        with tenancy.opened(book_shop.schema_name):
            theirs = segments.save(name="Theirs", rules=VIP, at=NOON)

        with pytest.raises(segments.UnknownSegment):
            segments.save(name="Mine", rules=VIP, at=NOON, segment_id=theirs.pk)
        monkeypatch.setattr(segments, "MAX_SEGMENTS", 0)
        with pytest.raises(segments.TooManySegments):
            segments.save(name="Mine", rules=VIP, at=NOON)


class TestRemove:
    def test_takes_it_off_the_list_and_restore_puts_it_back(self):
        made = segments.save(name="Firsts", rules=JOURNEY, at=NOON)

        segments.remove(segment_id=made.pk, at=NOON)
        segments.remove(segment_id=made.pk, at=NOON)

        assert segments.listed() == []
        with pytest.raises(segments.UnknownSegment):
            segments.found(made.pk)
        segments.restore(segment_id=made.pk, at=NOON)
        assert segments.listed() == [made]
        assert [name for name, _id in told()] == ["segment.made", "segment.removed", "segment.restored"]

    def test_is_not_undone_once_another_bears_the_name(self):
        made = segments.save(name="Firsts", rules=JOURNEY, at=NOON)
        segments.remove(segment_id=made.pk, at=NOON)
        segments.save(name="firsts", rules=VIP, at=NOON)

        with pytest.raises(segments.SegmentNameTaken):
            segments.restore(segment_id=made.pk, at=NOON)
        with pytest.raises(segments.UnknownSegment):
            segments.remove(segment_id=uuid.uuid4(), at=NOON)


class TestBroken:
    def test_says_what_is_gone_instead_of_a_wrong_number(self):
        tea = product("Green tea")
        asked = {"not": {"field": "bought", "is": "ever", "value": {"product": str(tea.pk)}}}
        assert segments.problems(asked) == []
        tea.gone_at = NOON
        tea.save()

        assert segments.problems(asked) == [
            "“Green tea” is no longer in the shop. Choose another product, or take the rule out."
        ]
        with pytest.raises(segments.BrokenSegment):
            segments.count(asked, at=NOON)

    def test_rules_of_another_age_are_said_to_be_unreadable(self):
        assert "cannot be read any more" in segments.problems({"field": "shoe_size"})[0]
        assert segments.sentence({"field": "shoe_size"}) == "Rules that cannot be read any more"


class TestSentence:
    @pytest.mark.parametrize(
        ("rules", "said"),
        [
            (JOURNEY, "Bought exactly once, and not in the last 60 days"),
            (
                {"any": [VIP, {"not": {"all": [VIP, PROFITABLE]}}]},
                "Tagged “vip”, or not: (tagged “vip”, and brought a profit of at least 1,200.5)",
            ),
            (
                {
                    "field": "country_code",
                    "is": "any_of",
                    "value": ["AB", "CD", "EF", "GH", "IJ", "KL", "MN"],
                },
                "Country is “AB” or “CD” or “EF” or “GH” or “IJ” or 2 more",
            ),
            (
                {"field": "stage", "is": "none_of", "value": ["at_risk", "lapsed"]},
                "Stage is not At risk or Lapsed",
            ),
            ({"field": "orders_count", "is": "between", "value": [2, 4]}, "Bought between 2 and 4 times"),
            ({"field": "appeared", "is": "within_days", "value": 7}, "Known for at most 7 days"),
            (
                {"field": "consent", "is": "unknown", "value": "sms"},
                "Never said whether text messages are welcome",
            ),
        ],
    )
    def test_reads_like_a_person_said_it(self, rules, said):
        with translation.override("en"):
            assert segments.sentence(rules) == said

    def test_names_products(self):
        tea = product("Green tea")
        rules = {"field": "bought", "is": "within_days", "value": {"product": str(tea.pk), "days": 90}}

        assert segments.sentence(rules) == "Bought “Green tea” in the last 90 days"
