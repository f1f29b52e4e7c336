"""What the browser tests and the pictures look at pages with: sizes, Chromium, axe-core, overflow."""

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
COLOR_RULES = ["color-contrast", "link-in-text-block"]
# Axe names every place that passed as well, at length, unless told what is wanted. A frame is not entered:
# axe would speak to it before it has loaded, and what lies in one here is a letter, not a screen.
FOUND = """async options => {
    const wanted = {...options, resultTypes: ["violations"], iframes: false};
    const {violations} = await axe.run(document, wanted);
    const places = one => JSON.stringify(one.nodes.slice(0, 3).map(node => node.target));
    return violations.map(one => `${one.id}: ${places(one)}`);
}"""
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


def chromium_path():
    """Where Debian or the developer has put Chromium; None when nowhere.

    The headless shell draws the same pages for half the work: it has no windows to look after.
    """
    return next(filter(None, map(shutil.which, CHROMIUMS)), None)


def flaws(page):
    """What axe finds on a page (opened with ``bypass_csp=True``), one line a kind: both themes and sizes.

    Fails at once where the page is wider than its window. The page is left dark and small. All rules are
    asked once a size, those about color in both themes.
    """
    page.evaluate(AXE.read_text())
    return [
        f"{theme}, {window['width']} px: {flaw}"
        for theme, window, rules in (
            ("light", DESKTOP, AXE_RULES),
            ("dark", DESKTOP, COLOR_RULES),
            ("light", PHONE, COLOR_RULES),
            ("dark", PHONE, AXE_RULES),
        )
        for flaw in _found(page, theme=theme, window=window, rules=rules)
    ]


def _found(page, *, theme, window, rules):
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.set_viewport_size(window)
    assert overflow(page) == 0, f"{theme}, {window['width']} px: wider than its window"
    return page.evaluate(FOUND, {"runOnly": rules})


def overflow(page):
    """Pixels by which the page is wider than its window: 0 on every screen."""
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")
