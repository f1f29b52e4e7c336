"""The second lock: what each database role may touch.

``regulars_app`` logs in and may nothing; it puts on ``regulars_public`` or a tenant's own role.
``regulars_owner`` owns every schema and runs migrations. Roles belong to the whole cluster: they are
created if absent.
"""

from psycopg import sql

from regulars.platform import tenancy
from regulars.platform.database.base import SHARED

APP = "regulars_app"
TENANTS = "regulars_tenants"
INHERIT_OPTION_SINCE = 160000  # PostgreSQL 16 learned GRANT … WITH INHERIT; before, NOINHERIT does the same

TENANT_ROLE = """
DO $$ BEGIN CREATE ROLE {role} NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
GRANT {role} TO {app} {options};
GRANT USAGE ON SCHEMA {role} TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {role} TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA {role} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role};
GRANT {tenants} TO {role};
"""
# What all tenants' roles share is granted to one group, so that no table's list of grants grows with them.
TENANTS_ROLE = """
DO $$ BEGIN CREATE ROLE {tenants} NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
GRANT USAGE ON SCHEMA public TO {tenants};
GRANT INSERT ON public.bells TO {tenants};
"""
SHARED_ROLE = """
GRANT USAGE ON SCHEMA public TO regulars_public;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO regulars_public;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO regulars_public;
REVOKE INSERT, UPDATE, DELETE ON public.django_migrations FROM regulars_public;
"""
# Shared tables whose rows belong to tenants: no role sees them but the shared one, whatever is granted later.
ROWS_OF_TENANTS = (
    "bells",
    "deliveries",
    "data_keys",
    "tenants_domain",
    "tenants_membership",
    "tenants_invitation",
    "tenants_handover",
    "tenants_endpoint",
    "tenants_apikey",
    "tenants_entitlement",
    "tenants_export",
    "billing_subscription",
    "billing_invoice",
    "billing_outboxcommand",
    "billing_billingledger",
)
GUARDED = """
ALTER TABLE public.{table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS every_row ON public.{table};
CREATE POLICY every_row ON public.{table} TO {shared}, {owner} USING (true) WITH CHECK (true);
"""
OWN_BELLS = """
DROP POLICY IF EXISTS own_bell ON public.bells;
CREATE POLICY own_bell ON public.bells FOR INSERT WITH CHECK (tenant = current_user);
"""


def lock_tenant(schema: str) -> None:
    """Give a tenant's schema its role: everything in it, one INSERT outside it. As the owner."""
    options = "WITH INHERIT FALSE, SET TRUE" if _server_version() >= INHERIT_OPTION_SINCE else ""
    _run(
        TENANT_ROLE,
        role=sql.Identifier(schema),
        app=sql.Identifier(APP),
        options=sql.SQL(options),
        tenants=sql.Identifier(TENANTS),
    )


def lock_shared() -> None:
    """Give the shared role its rows, and guard the tables that hold many tenants' rows. As the owner."""
    owner = str(tenancy.rows("SELECT current_user")[0][0])
    _run(SHARED_ROLE)
    _run(TENANTS_ROLE, tenants=sql.Identifier(TENANTS))
    for table in ROWS_OF_TENANTS:
        _run(
            GUARDED,
            table=sql.Identifier(table),
            shared=sql.Identifier(SHARED),
            owner=sql.Identifier(owner),
        )
    _run(OWN_BELLS)


def _server_version() -> int:
    return int(tenancy.rows("SHOW server_version_num")[0][0])


def _run(statement: str, **names: sql.Composable) -> None:
    tenancy.execute(sql.SQL(statement).format(**names))
