"""What a mail may be written in."""

import pytest

from regulars.integrations.email.letters import blocks
from tests.integrations.email.letters.written import EVERY_KIND


class TestParses:
    def test_every_kind_and_writes_it_back(self):
        found = blocks.parsed(EVERY_KIND)

        assert [block.kind for block in found] == [row["kind"] for row in EVERY_KIND]
        assert blocks.parsed(blocks.written(found)) == found

    def test_words_without_control_characters(self):
        assert blocks.parsed([{"kind": "heading", "text": "Tea\r\nBcc: x\0"}]) == [
            blocks.Heading(text="TeaBcc: x")
        ]


class TestRefuses:
    @pytest.mark.parametrize(
        "row",
        [
            "heading",
            {},
            {"kind": "script"},
            {"kind": []},
            {"kind": "heading", "text": 7},
            {"kind": "heading", "text": "x" * 201},
            {"kind": "text", "markdown": "x" * 10_001},
            {"kind": "image", "url": "http://leaf.example/a.png"},
            {"kind": "image", "url": "/a.png"},
            {"kind": "image", "url": "data:image/png;base64,AAAA"},
            {"kind": "image", "url": "https://leaf.example/a.png", "link": "javascript:alert(1)"},
            {"kind": "button", "text": "", "url": "https://leaf.example/"},
            {"kind": "button", "text": "Go", "url": ""},
            {"kind": "button", "text": "Go", "url": "javascript:alert(1)"},
            {"kind": "button", "text": "Go", "url": "JAVASCRIPT:alert(1)"},
            {"kind": "button", "text": "Go", "url": "data:text/html,x"},
            {"kind": "button", "text": "Go", "url": "//leaf.example/"},
            {"kind": "button", "text": "Go", "url": "https://me:word@leaf.example/"},
            {"kind": "button", "text": "Go", "url": "https://leaf.example\\@evil.example/"},
            {"kind": "button", "text": "Go", "url": 'https://leaf.example/"onclick="x'},
            {"kind": "button", "text": "Go", "url": "https://leaf.example/{{ name }}"},
            {"kind": "products", "ids": []},
            {"kind": "products", "ids": ["7"]},
            {"kind": "products", "ids": [None]},
        ],
    )
    def test_a_bad_one_and_says_where(self, row):
        with pytest.raises(blocks.BadBlocks) as refused:
            blocks.parsed([{"kind": "divider"}, row])

        assert refused.value.position == 1

    @pytest.mark.parametrize("data", [None, {}, "x", [{"kind": "divider"}] * 61])
    def test_what_is_no_list_of_blocks(self, data):
        with pytest.raises(blocks.BadBlocks) as refused:
            blocks.parsed(data)

        assert refused.value.position is None
