"""Releases that do not exist, what stands in their way, and how a host answers meanwhile."""

from django.test import Client
from psycopg import sql

from regulars.platform import quarantine, tenancy
from regulars.tenants import keys, resolving
from regulars.tenants.models import Tenant

A_TABLE = """migrations.CreateModel("Gadget", [
    ("id", models.BigAutoField(primary_key=True)),
    ("contact", models.ForeignKey("customers.Contact", models.CASCADE)),
], {"db_table": "gadgets"})"""
# Django finds the constraint's name by asking the database what the migration before has made.
NO_CONSTRAINT = """migrations.AlterField("gadget", "contact", models.ForeignKey(
    "customers.Contact", models.CASCADE, db_constraint=False))"""
A_FIELD = 'migrations.AddField("contact", "extra", models.TextField(db_default="50% -- off"))'


def obstruct(*tenants):
    """A table is where the release wants to make one."""
    for tenant in tenants:
        name = sql.Identifier(tenant.schema_name, "gadgets")
        tenancy.execute(sql.SQL("CREATE TABLE {} (why text)").format(name))


def clear(*tenants):
    for tenant in tenants:
        tenancy.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(tenant.schema_name, "gadgets")))


def shop(slug):
    return Tenant.objects.get(slug=slug)


def answer(host, path="/", **more):
    resolving.forget()
    keys.forget()
    quarantine.forget()
    return Client(headers={"host": host, **more}).get(path)
