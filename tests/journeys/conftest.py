"""Journeys use the browser's stage."""

from tests.browser.stage import *  # noqa: F403
