"""What no template may do, because the content security policy or htmx 4 would break it in silence."""

import re
from pathlib import Path

import pytest

import regulars.web

ROOM = Path(regulars.web.__file__).parent
TEMPLATES = sorted((ROOM / "templates").rglob("*.html"))
STYLES = sorted((ROOM / "static" / "web").glob("*.css"))
SCRIPT_LIMIT_BYTES = 8 * 1024
INHERITABLE = ("hx-headers",)


def named(path):
    return str(path.relative_to(ROOM))


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
class TestTemplate:
    def test_has_nothing_inline(self, path):
        text = path.read_text()

        assert not re.search(
            r"\sstyle\s*=\s*[\"'](?!nav-link|button|menu-item)", re.sub(r"{%.*?%}", "", text)
        )
        assert not re.search(r"\son[a-z]+\s*=", text)
        assert not re.search(r"<script(?![^>]*\ssrc=)|<style|javascript:", text)

    def test_uses_no_htmx_that_needs_eval(self, path):
        text = path.read_text()

        assert "hx-on" not in text
        assert not re.search(r"hx-trigger=\"[^\"]*\[", text)
        assert not re.search(r"hx-(vals|headers)[:a-z]*=['\"]js:", text)

    def test_loads_no_tag_library(self, path):
        assert "{% load" not in path.read_text()


@pytest.mark.parametrize("path", sorted((ROOM / "templates" / "cotton").glob("*.html")), ids=named)
def test_a_component_says_what_goes_in(path):
    assert re.match(r"{# .{15,} #}", path.read_text())


@pytest.mark.parametrize("path", [path for path in STYLES if path.name != "tokens.css"], ids=named)
def test_colors_stand_in_the_tokens_alone(path):
    text = re.sub(r"url\([^)]*\)|@media print.*", "", path.read_text(), flags=re.S)
    known = {
        "#fff",
        "#ffffffcc",
        "#ffffff1f",
        "#b9caff",
        "#8c1d17",
        "#6b2622",
    }  # on the inverse, the same in both

    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", text)) <= known


@pytest.mark.parametrize("path", STYLES, ids=named)
def test_every_token_that_is_used_exists(path):
    tokens = set(re.findall(r"(--[a-z0-9-]+)\s*:", "".join(style.read_text() for style in STYLES)))

    assert set(re.findall(r"var\((--[a-z0-9-]+)", path.read_text())) <= tokens


def test_the_script_stays_small():
    assert (ROOM / "static" / "web" / "app.js").stat().st_size < SCRIPT_LIMIT_BYTES
