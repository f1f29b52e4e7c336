"""Quoted-printable pieces can be joined in any order and stay what they were."""

from hypothesis import example, given
from hypothesis import strategies as st

from regulars.integrations.email.letters import quoted

LETTERS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=300)


class TestPieces:
    @given(st.lists(LETTERS, max_size=5))
    @example(["=" + "0" * 73, "=" + "0" * 70 + "\x1f"])
    def test_joined_read_as_the_texts_did(self, texts):
        assert quoted.plain(b"".join(quoted.piece(text) for text in texts)) == "".join(texts)

    @given(LETTERS)
    @example("0" * 72 + "=\x1f0")
    @example("=" + "0" * 73)
    @example("=" + "0" * 70 + "\x1f")
    @example("=" + "0" * 71 + "  \n")
    def test_hold_ascii_lines_of_76_characters_and_nothing_a_border_is_made_of(self, text):
        coded = quoted.piece(text)

        assert coded.isascii()
        assert b"=_" not in coded
        assert coded.count(b"\n") == coded.count(b"\r\n") == coded.count(b"\r")
        assert all(len(line) <= 76 for line in coded.split(b"\r\n"))
