"""Fixtures of the browser tests; see ``stage``."""

from tests.browser.stage import *  # noqa: F403
