"""What ``make sabotage`` breaks: one exact replacement each, and the tests that have to notice."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sabotage:
    """``old`` stands exactly once in ``path``; ``tests``: files or classes, as pytest takes them.

    ``is_prepared``: what is changed makes the database, so that the tests need one made anew.
    """

    name: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]
    is_prepared: bool = False


TENANCY = "tests/platform/test_tenancy.py"
LOCKS = "tests/isolation/test_locks.py"
PAGES = "tests/isolation/test_pages.py"
DOORS = "tests/isolation/test_doors.py"
INTERFACES = "tests/isolation/test_interfaces.py"
REMEMBERED = "tests/isolation/test_remembered.py"
DATABASE = "regulars/platform/database/base.py"
ROLE = "set_config('role', %s, false)"
PATH = "set_config('search_path', %s, false)"

SABOTAGES = (
    Sabotage(
        "the role is not set with the path",
        DATABASE,
        f'ENTER = "SELECT {ROLE}, {PATH}"',
        f'ENTER = "SELECT %s::text, {PATH}"',
        (TENANCY,),
    ),
    Sabotage(
        "the path is not set with the role",
        DATABASE,
        f'ENTER = "SELECT {ROLE}, {PATH}"',
        f'ENTER = "SELECT {ROLE}, %s::text"',
        (TENANCY,),
    ),
    Sabotage(
        "a rollback is believed to keep role and path",
        DATABASE,
        "        # set_config is undone with the transaction that called it.\n"
        "        self._in_force = None\n",
        "",
        (f"{LOCKS}::TestRollback", f"{LOCKS}::TestThreads"),
    ),
    Sabotage(
        "a savepoint's rollback is believed to keep role and path",
        DATABASE,
        "        finally:\n            self._in_force = None\n",
        "        finally:\n            pass\n",
        (f"{LOCKS}::TestRollback", f"{LOCKS}::TestThreads"),
    ),
    Sabotage(
        "leaving a tenant is forgotten",
        "regulars/platform/tenancy.py",
        "        wrapper.set_schema(before)\n",
        "        pass\n",
        (TENANCY, f"{LOCKS}::TestForgottenReset"),
    ),
    Sabotage(
        "the pool forgets its reset",
        "regulars/platform/database/pool.py",
        "    connection.execute(LEAVE)\n",
        "",
        (f"{LOCKS}::TestForgottenReset",),
    ),
    Sabotage(
        "temporary tables come before a tenant's own",
        DATABASE,
        "        return [*paths, TEMPORARY]\n",
        "        return paths\n",
        ("tests/isolation/test_injection.py",),
    ),
    Sabotage(
        "a task runs without a tenant",
        "regulars/platform/tasks.py",
        "        with tenancy.opened(tenant):\n",
        "        with tenancy.opened(tenant) if tenant else tenancy.shared():\n",
        (f"{DOORS}::TestTask",),
    ),
    Sabotage(
        "row-level security is off on the shared tables",
        "regulars/platform/roles.py",
        "ALTER TABLE public.{table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;\n",
        "",
        (f"{LOCKS}::TestSharedRows",),
        is_prepared=True,
    ),
    Sabotage(
        "one shared table is left without row-level security",
        "regulars/platform/roles.py",
        '    "tenants_apikey",\n',
        "",
        (f"{LOCKS}::TestSharedRows",),
        is_prepared=True,
    ),
    Sabotage(
        "a tenant's role may read a shared table",
        "regulars/platform/roles.py",
        "GRANT INSERT ON public.bells TO {tenants};\n",
        "GRANT INSERT ON public.bells TO {tenants}; GRANT SELECT ON public.data_keys TO {tenants};\n",
        (f"{LOCKS}::TestTenantRole",),
        is_prepared=True,
    ),
    Sabotage(
        "the tenant is taken from a header",
        "regulars/tenants/middleware.py",
        'request.META.get("HTTP_HOST", "").lower()',
        'request.META.get("HTTP_X_FORWARDED_HOST", request.META.get("HTTP_HOST", "")).lower()',
        (PAGES, "tests/web/test_sign_up.py::TestHosts"),
    ),
    Sabotage(
        "a session is not bound to its host",
        "regulars/web/middleware/people.py",
        "            elif request.session.get(TENANT) == str(tenant.id):\n",
        "            else:\n",
        (f"{REMEMBERED}::TestSession",),
    ),
    Sabotage(
        "a tenant's session opens the public host",
        "regulars/web/middleware/people.py",
        "                if TENANT not in request.session:",
        "                if True:",
        (f"{REMEMBERED}::TestSession",),
    ),
    Sabotage(
        "a hand-over is not bound to its host",
        "regulars/tenants/accounts.py",
        " or row.tenant.schema_name != schema",
        "",
        ("tests/tenants/test_accounts.py",),
    ),
    Sabotage(
        "one view loses its permission",
        "regulars/web/views/keys.py",
        "@owners\n@require_POST\ndef revoke(",
        "@require_POST\ndef revoke(",
        ("tests/web/test_access.py",),
    ),
    Sabotage(
        "one view opens to all members",
        "regulars/web/views/keys.py",
        "@owners\n@require_POST\ndef revoke(",
        "@members\n@require_POST\ndef revoke(",
        ("tests/web/test_access.py",),
    ),
    Sabotage(
        "a cache key has no tenant",
        "regulars/crm_core/insight/listing.py",
        'key = f"{tenancy.current()}:insight:counts"',
        'key = "insight:counts"',
        ("tests/crm_core/insight/test_listing.py",),
    ),
    Sabotage(
        "what a process remembers has no tenant",
        "regulars/crm_core/commerce/rates.py",
        "    known = _bases.get(schema)\n",
        "    known = next(iter(_bases.values()), None)\n",
        (f"{REMEMBERED}::TestCache",),
    ),
    Sabotage(
        "a key is believed on any tenant's host",
        "regulars/tenants/bearer.py",
        "    if host is not None and host.id != found.tenant.id:\n",
        "    if False:\n",
        (INTERFACES,),
    ),
    Sabotage(
        "a cursor is not bound to its tenant",
        "regulars/rest/resource.py",
        'f"rest:{name}:{holder.tenant.schema_name}:',
        'f"rest:{name}:',
        (f"{INTERFACES}::TestRest",),
    ),
    Sabotage(
        "a shared row is found by its key alone",
        "regulars/tenants/keys.py",
        "        rows = ApiKey.objects.filter(pk=key_id, tenant__schema_name=schema)\n",
        "        rows = ApiKey.objects.filter(pk=key_id)\n",
        (PAGES,),
    ),
    Sabotage(
        "dead letters are replayed for whoever has such a shop",
        "regulars/platform/inbox.py",
        "    dead = Delivery.objects.filter(tenant=tenant).exclude(dead_at=None)\n",
        "    dead = Delivery.objects.exclude(dead_at=None)\n",
        (PAGES,),
    ),
    Sabotage(
        "the link in a mail is everybody's",
        "regulars/integrations/email/tokens.py",
        "secrets.derived(tenant=tenant, purpose=",
        'secrets.derived(tenant="t_everybody", purpose=',
        (f"{REMEMBERED}::TestMailLink",),
    ),
    Sabotage(
        "the tests run as a superuser",
        "tests/environment.py",
        'os.environ["TEST_APP_URL"] = running.url("regulars_app")',
        'os.environ["TEST_APP_URL"] = running.url("postgres", "regulars")',
        (LOCKS,),
        is_prepared=True,
    ),
)
