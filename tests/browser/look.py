"""What the browser tests and the pictures look at pages with: sizes, Chromium, axe-core, overflow."""

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


def chromium_path():
    """Where Debian or the developer has put Chromium; None when nowhere."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def flaws(page):
    """What axe-core finds on a page (opened with ``bypass_csp=True``), one line a kind."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", AXE_RULES)["violations"]
    return [f"{one['id']}: {[node['target'] for node in one['nodes']][:3]}" for one in found]


def overflow(page):
    """Pixels by which the page is wider than its window: 0 on every screen."""
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")
