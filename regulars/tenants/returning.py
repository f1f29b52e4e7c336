"""What a restored tenant has in the shared tables: its people, doors, keys, rights and alarms.

A door's or key's word may be in use, when the tenant was restored beside the living one: then the living one
keeps it, and the copy goes without.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from regulars.platform import ids
from regulars.platform.models import Bell
from regulars.tenants.models import ApiKey, Endpoint, Entitlement, Membership, Person, Tenant


def people(shared: Mapping[str, Any], *, tenant: Tenant) -> int:
    """Accounts that are gone come back as they were, the living stay as they are; returns the members."""
    found: dict[str, Person] = {}
    for said in shared["people"]:
        words = {**said, "id": UUID(said["id"]), "joined_at": _time(said["joined_at"])}
        living = Person.objects.filter(email=said["email"]).first()
        living = living or Person.objects.filter(pk=words["id"]).first()
        found[said["id"]] = living or Person.objects.create(**words)
    Membership.objects.bulk_create(
        Membership(
            person=found[said["person_id"]],
            tenant=tenant,
            role=said["role"],
            joined_at=_time(said["joined_at"]),
        )
        for said in shared["memberships"]
    )
    return len(shared["memberships"])


def doors(shared: Mapping[str, Any], *, tenant: Tenant) -> int:
    """Doors for shops, under the addresses that the shops know; returns how many were free."""
    said = shared["endpoints"]
    taken = set(Endpoint.objects.filter(key__in=[each["key"] for each in said]).values_list("key", flat=True))
    free = [each for each in said if each["key"] not in taken]
    Endpoint.objects.bulk_create(
        Endpoint(
            id=UUID(each["id"]),
            key=each["key"],
            tenant=tenant,
            connection_id=UUID(each["connection_id"]),
            kind=each["kind"],
            sealed_secrets=bytes.fromhex(each["sealed_secrets"]),
            closed_at=_time(each["closed_at"]),
            made_at=_time(each["made_at"]),
        )
        for each in free
    )
    return len(free)


def api_keys(shared: Mapping[str, Any], *, tenant: Tenant) -> int:
    """Partners' keys; returns how many were free."""
    said = shared["api_keys"]
    prefixes = [each["prefix"] for each in said]
    taken = set(ApiKey.objects.filter(prefix__in=prefixes).values_list("prefix", flat=True))
    free = [each for each in said if each["prefix"] not in taken]
    times = ("made_at", "expires_at", "last_used_at", "revoked_at")
    ApiKey.objects.bulk_create(
        ApiKey(
            tenant=tenant, **{**each, "id": UUID(each["id"]), **{name: _time(each[name]) for name in times}}
        )
        for each in free
    )
    return len(free)


def entitlements(shared: Mapping[str, Any], *, tenant: Tenant) -> None:
    """The rights of the time of the dump, until billing looks again."""
    Entitlement.objects.bulk_create(
        Entitlement(
            tenant=tenant,
            feature=said["feature"],
            amount=said["amount"],
            granted_at=_time(said["granted_at"]),
        )
        for said in shared["entitlements"]
    )


def bells(shared: Mapping[str, Any], *, tenant: str) -> None:
    """The alarms that were set, so that nothing due is forgotten."""
    Bell.objects.bulk_create(
        Bell(id=ids.new(), tenant=tenant, due_at=_time(due_at)) for due_at in shared["bells"]
    )


def _time(said: str | None) -> Any:
    return datetime.fromisoformat(said) if said else None
