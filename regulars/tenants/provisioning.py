"""Making tenants: spare schemas ahead of time (as the owner), attached to a subscriber by one UPDATE."""

import re
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError
from django.utils.translation import gettext as _
from psycopg import sql

from regulars.platform import errors, ids, money, roles, secrets, tenancy, zones
from regulars.tenants import entitlements, migrating, template
from regulars.tenants.models import Domain, Membership, Person, Role, Tenant, TenantState

SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
MIN_SLUG_LETTERS = 3
MAX_SLUG_LETTERS = 40
RESERVED = frozenset(
    {
        *("www", "api", "app", "admin", "mail", "smtp", "imap", "ftp", "static", "media", "assets", "cdn"),
        *("hooks", "webhooks", "login", "signin", "signup", "account", "accounts", "billing", "status"),
        *("help", "support", "docs", "blog", "shop", "regulars", "public", "test", "staging"),
        # A slug is a mailbox, too (``<slug>@MAIL_DOMAIN``), and those of RFC 2142 speak for the house.
        # ``bounce`` is where bounced mail of shops' own domains goes.
        *("postmaster", "hostmaster", "webmaster", "administrator", "root", "abuse", "security", "noc"),
        *("info", "sales", "marketing", "news", "noreply", "no-reply", "mailer-daemon", "bounce", "bounces"),
        # Names that machines look for by themselves.
        *("autoconfig", "autodiscover", "mta-sts", "wpad", "localhost", "webmail", "email", "pop3", "dns"),
    }
)


class NoSpare(errors.Refused):
    """No schema is ready: one is being made."""

    status = 503
    code = "no_spare"


class SlugTaken(errors.Refused):
    code = "slug_taken"


class InvalidSlug(errors.Invalid):
    code = "invalid_slug"


class InvalidTenant(errors.Invalid):
    code = "invalid_tenant"


@tenancy.atomic
def make_spare(*, at: datetime) -> Tenant:
    """A new schema with its tables, role and data key, whole or not at all. As the owner's login."""
    schema = ids.schema_name()
    tenancy.execute(template.sql_for(schema))
    tenancy.execute(sql.SQL("RESET search_path"))
    with tenancy.shared():
        roles.lock_tenant(schema)
        secrets.make_data_key(tenant=schema, at=at)
        return Tenant.objects.create(
            schema_name=schema, schema_version=migrating.fingerprint(), made_at=at, state=TenantState.SPARE
        )


def keep_spares(*, at: datetime) -> int:
    """Have as many spare schemas ready as the settings ask; returns how many were made."""
    ready = Tenant.objects.filter(state=TenantState.SPARE, schema_version=migrating.fingerprint()).count()
    missing = max(settings.SPARE_TENANTS - ready, 0)
    for _spare in range(missing):
        make_spare(at=at)
    return missing


@tenancy.atomic
def attach(
    *, slug: str, name: str, currency: str, time_zone: str, language: str, owner: Person | None, at: datetime
) -> Tenant:
    """Give a spare schema to a subscriber; no DDL. ``owner`` becomes the first member.

    Raises InvalidSlug, InvalidTenant (unknown currency or time zone), SlugTaken, and NoSpare when no
    schema is ready.
    """
    slug = checked_slug(slug)
    if time_zone not in zones.names():
        raise InvalidTenant(_("“%(name)s” is not a time zone such as Europe/London.") % {"name": time_zone})
    try:
        currency = money.currency_code(currency)
    except money.NotAnAmount as problem:
        raise InvalidTenant(str(problem)) from None
    spare = (
        Tenant.objects.select_for_update(skip_locked=True)
        .filter(state=TenantState.SPARE, schema_version=migrating.fingerprint())
        .order_by("made_at")
        .first()
    )
    if spare is None:
        raise NoSpare(_("Your workspace is being prepared."))
    spare.state = TenantState.ACTIVE
    spare.slug, spare.name, spare.currency = slug, name.strip(), currency
    spare.time_zone, spare.language, spare.subscribed_at = time_zone, language, at
    save_unless_taken(spare)
    if owner is not None:
        Membership.objects.create(person=owner, tenant=spare, role=Role.OWNER, joined_at=at)
    entitlements.grant_trial(tenant=spare, at=at)
    return spare


def checked_slug(slug: str) -> str:
    """The first label of the tenant's host. Raises InvalidSlug with what is wrong."""
    slug = slug.strip().lower()
    if not MIN_SLUG_LETTERS <= len(slug) <= MAX_SLUG_LETTERS or not SLUG.fullmatch(slug):
        raise InvalidSlug(
            _(
                "“%(slug)s” cannot be an address: %(least)d to %(most)d letters a-z, digits and single "
                "hyphens, beginning with a letter."
            )
            % {"slug": slug, "least": MIN_SLUG_LETTERS, "most": MAX_SLUG_LETTERS}
        )
    if slug in RESERVED:
        raise InvalidSlug(_("“%(slug)s” is kept for ourselves; choose another address.") % {"slug": slug})
    return slug


def host_of(slug: str) -> str:
    return f"{slug}.{settings.PUBLIC_HOST}"


def save_unless_taken(tenant: Tenant) -> None:
    """Keep a tenant with the host name of its slug. Raises SlugTaken."""
    try:
        with tenancy.atomic():
            tenant.save()
            Domain.objects.create(tenant=tenant, domain=host_of(str(tenant.slug)), is_primary=True)
    except IntegrityError:
        raise SlugTaken(_("The address %(slug)s belongs to somebody else.") % {"slug": tenant.slug}) from None
