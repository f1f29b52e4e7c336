"""Fixtures of every test: a database that rolls back, an open tenant, and tenants whose work is committed."""

import gc
import itertools
import os
from contextlib import contextmanager

import pytest
from django.test import Client
from django.utils import timezone

from regulars.crm_core.commerce import rates
from regulars.platform import quarantine, tenancy
from regulars.tenants import accounts, endpoints, keys, provisioning, resolving
from regulars.tenants.models import Person, Tenant

_numbers = itertools.count(1)


def pytest_collection_finish():
    """What the imports made stays to the end; unfrozen, each full collection walks through it again."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter):
    """What the enumerating suites went through, counted by themselves."""
    reports = terminalreporter.stats.get("passed", [])
    said = [words for report in reports for name, words in report.user_properties if name == "covered"]
    if said:
        terminalreporter.section("isolation: covered")
        terminalreporter.write_line(", ".join(said))


@pytest.fixture(scope="session")
def django_db_setup():
    """The database is ready: tests.environment copied it from the prepared template."""


@pytest.fixture(autouse=True)
def _nothing_remembered():
    resolving.forget()
    endpoints.forget()
    keys.forget()
    rates.forget()
    quarantine.forget()
    yield
    resolving.forget()
    endpoints.forget()
    keys.forget()
    rates.forget()
    quarantine.forget()


@pytest.fixture
def tea_shop(db):
    """The tenant most tests work for: EUR, Europe/Berlin."""
    with tenancy.shared():
        return Tenant.objects.get(slug="teashop")


@pytest.fixture
def book_shop(db):
    """Another tenant: GBP, Europe/London."""
    with tenancy.shared():
        return Tenant.objects.get(slug="bookshop")


@pytest.fixture
def tenant(tea_shop):
    """An open tenant, as a request or a task would have it; yields its schema name."""
    with tenancy.opened(tea_shop.schema_name):
        yield tea_shop.schema_name


@pytest.fixture
def owner(db):
    with tenancy.shared():
        return Person.objects.get(email="owner@teashop.example")


@pytest.fixture
def browser():
    """A visitor of the public site."""
    return Client(headers={"host": "localhost"})


@pytest.fixture
def committed(django_db_blocker):
    """Work that is really committed, seen by other connections and processes. Use ``new_tenant`` with it."""
    with _committing(django_db_blocker):
        yield


@pytest.fixture
def new_tenant(committed):
    """Attach a fresh, empty tenant; its rows stay, so ask by its schema: ``new_tenant(currency="GBP")``."""
    return _attach


@pytest.fixture(scope="class")
def standing_tenant(django_db_blocker):
    """``new_tenant`` for a class whose tests only read what one of them would take seconds to make."""
    with _committing(django_db_blocker):
        yield _attach


@contextmanager
def _committing(blocker):
    with blocker.unblock():
        yield
        from django.db import connection

        connection.set_schema_to_public()
        connection.close()


def _attach(*, currency="EUR", time_zone="UTC", language="en", name="Fresh"):
    number = next(_numbers)
    slug = f"fresh-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{number}"
    now = timezone.now()
    owner = accounts.join(
        email=f"owner@{slug}.example",
        password="correct horse battery",
        name="Jo",
        language=language,
        at=now,
    )
    _keep_spares()
    return provisioning.attach(
        slug=slug,
        name=name,
        currency=currency,
        time_zone=time_zone,
        language=language,
        owner=owner,
        at=now,
    )


def _keep_spares():
    """Spare schemas are the owner's work: made through its login, as the provisioning worker does."""
    from django.db import connection

    if Tenant.objects.filter(state="spare").count() > 2:
        return
    login = connection.settings_dict["USER"]
    connection.close()
    connection.settings_dict["USER"] = "regulars_owner"
    try:
        for _ in range(5):
            provisioning.make_spare(at=timezone.now())
    finally:
        connection.close()
        connection.settings_dict["USER"] = login
