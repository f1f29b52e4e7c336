import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from regulars.integrations.email import campaigns
from regulars.platform import ids
from regulars.web import drafts

HEADING, TEXT = {"kind": "heading", "text": "New teas"}, {"kind": "text", "markdown": "Hello\n\nthere"}
TEA, POT = "01900000-0000-7000-8000-00000000007e", "01900000-0000-7000-8000-0000000000b0"
PRODUCTS = {"kind": "products", "ids": [TEA]}


def draft(*blocks, **more):
    return drafts.Draft(name="Spring", blocks=blocks, **more)


def posted(of):
    """What a browser sends for a draft."""
    form = QueryDict(mutable=True)
    form.update({"name": of.name, "subject": of.subject, "preview_text": of.preview_text})
    form.update({"version": str(of.version), "segment": str(of.segment_id or "")})
    for number, block in enumerate(of.blocks):
        form.appendlist("block", str(number))
        for field, value in block.items():
            for each in value if isinstance(value, list) else [value.replace("\n", "\r\n")]:
                form.appendlist(f"{number}-{field}", each)
        form[f"{number}-words"] = of.searches.get(number, "")
    return form


words = st.text(alphabet=st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=20)
products = st.lists(st.uuids().map(str), max_size=3, unique=True)
blocks = st.sampled_from(sorted(campaigns.FIELDS)).flatmap(
    lambda kind: st.fixed_dictionaries(
        {"kind": st.just(kind)}
        | {name: products if name == "ids" else words for name in campaigns.FIELDS[kind]}
    )
)
anything = st.builds(
    lambda found, subject: draft(*found, subject=subject, segment_id=ids.new()),
    st.lists(blocks, max_size=5),
    words,
)


class TestRead:
    @given(anything)
    def test_gives_back_what_was_typed(self, typed):
        found = drafts.read(posted(typed))

        assert (found.name, found.subject, found.segment_id) == (typed.name, typed.subject, typed.segment_id)
        assert found.blocks == typed.blocks

    def test_follows_the_order_of_the_form_and_leaves_out_what_is_no_part_of_it(self):
        form = posted(draft(HEADING, TEXT))
        form.setlist("block", ["1", "0", "x", "-1"])
        form["0-onclick"] = "steal()"

        assert drafts.read(form).blocks == (TEXT, HEADING)

    @pytest.mark.parametrize("version", ["", "x", "-1", "9" * 12, "²"])
    def test_takes_a_version_that_is_no_number_for_an_old_one(self, version):
        assert drafts.read(QueryDict(f"version={version}")).version == 0


class TestChanged:
    @pytest.mark.parametrize(
        ("do", "blocks", "place"),
        [
            ("add:divider", (HEADING, TEXT, PRODUCTS, {"kind": "divider"}), 3),
            ("up:1", (TEXT, HEADING, PRODUCTS), 0),
            ("down:1", (HEADING, PRODUCTS, TEXT), 2),
            ("up:0", (HEADING, TEXT, PRODUCTS), 0),
            ("down:2", (HEADING, TEXT, PRODUCTS), 2),
            ("remove:0", (TEXT, PRODUCTS), None),
            (f"take:2:{POT}", (HEADING, TEXT, {"kind": "products", "ids": [TEA, POT]}), 2),
            (f"take:2:{TEA}", (HEADING, TEXT, PRODUCTS), 2),
            ("take:2:x", (HEADING, TEXT, PRODUCTS), 2),
            (f"drop:2:{TEA}", (HEADING, TEXT, {"kind": "products", "ids": []}), 2),
        ],
    )
    def test_does_what_the_button_says(self, do, blocks, place):
        found, about = drafts.changed(draft(HEADING, TEXT, PRODUCTS, subject="Kept"), do)

        assert (found.blocks, about, found.subject) == (blocks, place, "Kept")

    @pytest.mark.parametrize("do", ["", "add:script", "up:9", "remove:-1", "remove:", "launch", "take:0:x"])
    def test_does_nothing_for_a_word_it_does_not_know(self, do):
        before = draft(HEADING)

        assert drafts.changed(before, do)[0] == before

    def test_keeps_what_is_looked_for_with_its_block(self):
        before = draft(PRODUCTS, TEXT, PRODUCTS, searches={0: "tea", 1: "", 2: "pot"})

        assert drafts.changed(before, "down:0")[0].searches == {0: "", 1: "tea", 2: "pot"}
        assert drafts.changed(before, "remove:1")[0].searches == {0: "tea", 1: "pot"}

    @given(anything, st.lists(st.sampled_from(["up:0", "down:0", "up:2", "down:1", "find:1"]), max_size=6))
    def test_loses_no_word_by_moving(self, before, moves):
        after = before
        for move in moves:
            after, _place = drafts.changed(after, move)

        assert sorted(map(repr, after.blocks)) == sorted(map(repr, before.blocks))
