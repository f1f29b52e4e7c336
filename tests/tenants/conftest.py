"""The owner's login, a database that may be spoiled, and a release that does not exist."""

import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connection, transaction
from psycopg import sql

from regulars.crm_core.customers import migrations
from regulars.platform import tenancy
from regulars.tenants import migrating
from tests.environment import DATABASE
from tests.factories import tenants

NEWER = """
from django.db import migrations, models
{imports}

class Migration(migrations.Migration):
    dependencies = [("customers", "{after}")]
    operations = [{operations}]
"""


@pytest.fixture
def as_owner(committed):
    """Work with the owner's login, as the provisioning worker does; committed."""
    login = connection.settings_dict["USER"]
    connection.close()
    connection.settings_dict["USER"] = "regulars_owner"
    yield
    connection.close()
    connection.settings_dict["USER"] = login


@contextmanager
def copied(suffix):
    """A database with two shops and eight spare schemas, nobody else's; its name."""
    name = f"{DATABASE}_{suffix}"
    with psycopg.connect(os.environ["TEST_ADMIN_URL"], autocommit=True) as admin:
        copy = "CREATE DATABASE {} TEMPLATE regulars OWNER regulars_owner STRATEGY file_copy"
        admin.execute(sql.SQL(copy).format(sql.Identifier(name)))
        try:
            yield name
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def entered(name):
    """Work in that database; its address."""
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield os.environ["TEST_OWNER_URL"].rpartition("/")[0] + f"/{name}"
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


@pytest.fixture(scope="module")
def ten_schemas():
    with copied("ten") as name:
        yield name


@pytest.fixture
def unspoiled(as_owner, ten_schemas):
    """The owner's work in a database of two shops and eight spares, undone in the end. Its address."""
    with entered(ten_schemas) as address, transaction.atomic():
        tenancy.rows("SELECT 1")
        yield address
        transaction.set_rollback(True)


@pytest.fixture
def spoiled(as_owner):
    """The same, committed, and thrown away."""
    with copied("spoiled") as name, entered(name) as address:
        yield address


@pytest.fixture
def released(tmp_path, monkeypatch, settings):
    """Add migrations to the customers' room: ``released("operations", "more operations", imports="…")``.

    Returns the name of the package that holds them.
    """
    monkeypatch.syspath_prepend(tmp_path)
    package = f"newer_{tmp_path.name}".replace("-", "_")

    def release(*operations, imports=""):
        folder = tmp_path / package
        shutil.copytree(
            Path(migrations.__file__).parent, folder, ignore=shutil.ignore_patterns("__pycache__")
        )
        last = max(path.stem for path in folder.glob("[0-9]*.py"))
        for number, words in enumerate(operations, start=int(last[:4]) + 1):
            name = f"{number:04}_of_tests"
            text = NEWER.format(imports=imports, after=last, operations=words)
            (folder / f"{name}.py").write_text(text)
            last = name
        settings.MIGRATION_MODULES = {"customers": package}
        migrating.fingerprint.cache_clear()
        return package

    yield release
    settings.MIGRATION_MODULES = {}
    migrating.fingerprint.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        del sys.modules[name]


@pytest.fixture(scope="class")
def furnished(standing_tenant):
    """A committed tenant with customers, orders, a campaign, a shop with secrets and a partner's key."""
    return tenants.furnish(standing_tenant(name="Canary & Co", currency="EUR"))
