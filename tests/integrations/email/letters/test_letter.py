"""A mail compiled once: its footer, its links, its personal values."""

import json
from dataclasses import replace

import pytest

from regulars.integrations.email.letters import letter, message
from tests.integrations.email.letters.written import CARDS, CUP, FRAME, built, compiled, read, text


class TestCompiles:
    def test_links_once_each_in_the_order_they_occur(self):
        assert compiled().links == (
            "https://leaf.example/new?a=1&b=2",
            "https://leaf.example/pot",
            "https://leaf.example/",
            "https://leaf.example/cup",
        )

    def test_personal_values_it_names(self):
        assert compiled(subject="For {{ city }}").tags == {"first_name", "name", "city"}

    def test_to_json_and_back(self):
        made = compiled(subject="茶 for {{ first_name|you }}")

        again = letter.Letter.from_json(json.loads(json.dumps(made.to_json())))

        assert again == made
        assert built(again) == built(made)
        assert again.subject == "茶 for {{ first_name|you }}"

    def test_a_footer_that_cannot_be_left_out(self):
        _, plain, html = read(built(compiled([])))

        for shown in (plain, html):
            assert "Leaf &amp; Kiln Ltd" in shown or "Leaf & Kiln Ltd" in shown
            assert "York" in shown
            assert "https://tea.example/m/u/t" in shown

    def test_the_footer_in_the_language_of_the_shop(self):
        english = read(built(compiled([])))[1]
        chinese = read(built(compiled([], frame=replace(FRAME, language="zh-hans"))))

        assert "Unsubscribe" in english
        assert 'lang="zh-hans"' in chinese[2]

    def test_nothing_that_other_servers_would_hear_of(self):
        html = message.preview(compiled(), values={})

        assert "fonts.google" not in html
        assert "@import" not in html
        assert "<script" not in html

    def test_html_in_words_as_it_was_typed(self):
        html = message.preview(compiled(text("<script>alert(1)</script> <img src=x>")), values={})

        assert "&lt;script&gt;" in html
        assert "<script" not in html
        assert "<img" not in html

    def test_the_size_of_its_html_and_warns_before_gmail_hides_the_end(self):
        long = compiled(text("word " * 1900) * 12)

        assert 0 < compiled().html_bytes < letter.CLIPPED_AT_BYTES
        assert not compiled().is_clipped
        assert long.html_bytes > letter.CLIPPED_AT_BYTES
        assert long.is_clipped


class TestLeavesAsWords:
    @pytest.mark.parametrize(
        "words",
        ["{% if True %}x{% endif %}", "{ first_name }", "${7*7}", "#{7*7}", "<%= 7 %>", "%s %(name)s"],
    )
    def test_other_template_languages(self, words):
        _, plain, _ = read(built(compiled(text(words), subject=words)))

        assert words in plain

    @pytest.mark.parametrize(
        "address", ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "ftp://x/"]
    )
    def test_links_to_other_schemes(self, address):
        made = compiled(text(f"See [here]({address})"))

        assert made.links == ()
        assert f'href="{address}' not in message.preview(made, values={})
        assert f"[here]({address})" in read(built(made))[1]


class TestRefuses:
    @pytest.mark.parametrize(
        "tag", ["settings", "7*7", "first_name.__class__", "first_name|a|b", "email", "", "first_name()"]
    )
    @pytest.mark.parametrize("where", ["subject", "preview_text", "heading", "markdown", "button", "alt"])
    def test_braces_that_hold_no_personal_value(self, tag, where):
        words = f"Hello {{{{ {tag} }}}}"
        rows = {
            "heading": [{"kind": "heading", "text": words}],
            "markdown": text(words),
            "button": [{"kind": "button", "text": words, "url": "https://leaf.example/"}],
            "alt": [{"kind": "image", "url": "https://leaf.example/a.png", "alt": words}],
        }.get(where, [])
        heads = {where: words} if where in ("subject", "preview_text") else {}

        with pytest.raises(letter.BadLetter, match="is no personal value"):
            compiled(rows, **heads)

    def test_a_personal_value_in_a_link(self):
        with pytest.raises(letter.BadLetter, match="led to the same place"):
            compiled(text("[x](https://leaf.example/{{first_name}})"))

    def test_a_product_that_is_gone(self):
        with pytest.raises(letter.BadLetter, match="no longer in the shop"):
            compiled(products={})

    @pytest.mark.parametrize(
        "change", [{"url": "javascript:alert(1)"}, {"image_url": "http://leaf.example/cup.png"}]
    )
    def test_a_product_that_leads_elsewhere(self, change):
        with pytest.raises(letter.BadLetter, match="Cup"):
            compiled(products={CUP: replace(CARDS[CUP], **change)})

    @pytest.mark.parametrize("change", [{"company": " "}, {"postal_address": ""}])
    def test_a_mail_that_does_not_say_whose_it_is(self, change):
        with pytest.raises(letter.BadLetter, match="postal address"):
            compiled(frame=replace(FRAME, **change))
