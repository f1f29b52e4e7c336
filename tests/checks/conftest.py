"""Releases that do not exist, for the check of migrations."""

from tests.tenants.conftest import released  # noqa: F401
