"""Subscribing: an account, a workspace with an address of its own, and the first member."""

import re
import unicodedata
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from regulars.platform import errors, ids, tenancy, wakes
from regulars.tenants import accounts, provisioning
from regulars.tenants.models import Person, SignUp, Tenant

MAX_TRIES_FOR_A_SLUG = 20


class UnknownSignUp(errors.NotFound):
    code = "unknown_sign_up"


class NameMissing(errors.Invalid):
    code = "name_missing"


@tenancy.atomic
def subscribe(
    *,
    company: str,
    email: str,
    password: str,
    currency: str,
    time_zone: str,
    language: str,
    at: datetime,
    person: Person | None = None,
) -> SignUp:
    """A new subscriber. ``tenant`` of the answer is None while a schema is being made: ask ``completed``.

    With ``person`` a signed-in one opens a further workspace. Raises NameMissing, what ``accounts.join``
    and ``provisioning.attach`` refuse.
    """
    if not company.strip():
        raise NameMissing(_("Give your shop or company a name."))
    owner = person or accounts.join(email=email, password=password, name="", language=language, at=at)
    row = SignUp.objects.create(
        person=owner,
        slug=free_slug(company),
        name=company.strip()[:120],
        currency=currency,
        time_zone=time_zone,
        language=language,
        made_at=at,
    )
    _attach(row, at=at)
    tenancy.after_commit(lambda: wakes.call("tenants.make_spares", tenant=""))
    return row


@tenancy.atomic
def completed(*, sign_up_id: UUID, at: datetime) -> SignUp:
    """Try again to attach a schema; safe to repeat. Raises UnknownSignUp."""
    row = SignUp.objects.select_for_update(of=["self"]).filter(pk=sign_up_id).first()
    if row is None:
        raise UnknownSignUp(_("There is no such sign-up."))
    if row.tenant is None:
        _attach(row, at=at)
    return row


def free_slug(company: str) -> str:
    """An address that nobody has, of the company's name: ``oak-ember``, ``oak-ember-2``, ``shop-x7k2``."""
    plain = unicodedata.normalize("NFKD", company).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:34].rstrip("-")
    if not base or not base[0].isalpha() or len(base) < provisioning.MIN_SLUG_LETTERS:
        base = f"shop-{ids.schema_name()[2:7]}"
    if base in provisioning.RESERVED:
        base = f"{base}-shop"
    near = Tenant.objects.filter(Q(slug=base) | Q(slug__startswith=f"{base}-"))
    taken = set(near.values_list("slug", flat=True))
    for number in range(1, MAX_TRIES_FOR_A_SLUG):
        slug = base if number == 1 else f"{base}-{number}"
        if slug not in taken:
            return slug
    return f"{base[:30]}-{ids.schema_name()[2:8]}"


def _attach(row: SignUp, *, at: datetime) -> None:
    try:
        row.tenant = provisioning.attach(
            slug=row.slug,
            name=row.name,
            currency=row.currency,
            time_zone=row.time_zone,
            language=row.language,
            owner=row.person,
            at=at,
        )
    except provisioning.NoSpare:
        return
    except provisioning.SlugTaken:
        row.slug = free_slug(row.name)
        row.save(update_fields=["slug"])
        return  # the next look attaches under the new address
    row.save(update_fields=["tenant"])
