"""Who belongs to a workspace: inviting colleagues by mail, joining, changing roles and leaving.

An invitation is a link in a mail, good for a week and for one joining. Whoever opens it has shown that the
address is theirs, so an account may be made with it; an account that exists has to sign in first.
"""

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from regulars.platform import errors, ids, tenancy
from regulars.platform.facts import facts
from regulars.tenants import accounts, entitlements
from regulars.tenants.models import Invitation, Membership, Person, Role, Tenant

INVITATION_LIVES = timedelta(days=7)
MAX_OPEN = 50  # invitations of one workspace that wait
Change = dict[str, str]


class InvalidInvitation(errors.Invalid):
    """``field`` names what is wrong: "email" or "role"."""

    code = "invalid_invitation"

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


class SpentInvitation(errors.Refused):
    """Unknown, used, withdrawn or too old: one word for all, so that nobody learns which."""

    status = 404
    code = "spent_invitation"


class AnothersInvitation(errors.Refused):
    status = 403
    code = "anothers_invitation"


class NoSeat(errors.Refused):
    """The plan holds fewer members than when the invitation was sent; the link stays good."""

    status = 409
    code = "no_seat"


class UnknownMember(errors.NotFound):
    code = "unknown_member"


class LastOwner(errors.Refused):
    status = 409
    code = "last_owner"


@tenancy.atomic
def invite(*, email: str, role: str, by: Person, at: datetime) -> tuple[Invitation, str]:
    """Ask somebody into the open tenant; returns the invitation and the token for its link.

    Asking again replaces the link, so an old one is worth nothing. Raises InvalidInvitation (no address, no
    role, a member already, too many open ones) and NotEntitled when the plan's seats are taken.
    """
    email, schema = accounts.normalized(email), tenancy.current()
    try:
        validate_email(email)
    except ValidationError:
        raise InvalidInvitation(_("This is not an e-mail address."), field="email") from None
    if role not in Role.values:
        raise InvalidInvitation(_("There is no such role."), field="role")
    token = ids.token()
    with tenancy.shared():
        tenant = Tenant.objects.select_for_update(of=["self"]).get(schema_name=schema)
        if Membership.objects.filter(tenant=tenant, person__email=email).exists():
            raise InvalidInvitation(_("This person belongs to the workspace already."), field="email")
        others = open_ones(tenant, at=at).exclude(email=email).count()
        if others >= MAX_OPEN:
            raise InvalidInvitation(_("Too many invitations wait already: withdraw some."), field="email")
        seats = Membership.objects.filter(tenant=tenant).count() + others
    entitlements.require("members", used=seats)
    with tenancy.shared():
        row, _is_new = Invitation.objects.update_or_create(
            tenant=tenant,
            email=email,
            defaults={"role": role, "token_hash": _hash(token), "made_at": at, "invited_by": by},
        )
    _note("person.invited", row.pk, by=by, at=at, after={"role": role})
    return row, token


def open_ones(tenant: Tenant, *, at: datetime) -> QuerySet[Invitation]:
    """Invitations that may still be accepted, in public."""
    return Invitation.objects.filter(tenant=tenant, made_at__gt=at - INVITATION_LIVES)


def listed(*, at: datetime) -> list[Invitation]:
    """What waits in the open tenant, the newest first."""
    schema = tenancy.current()
    with tenancy.shared():
        rows = open_ones(Tenant.objects.get(schema_name=schema), at=at)
        return list(rows.order_by("-made_at", "pk"))


@tenancy.atomic
def withdraw(*, invitation_id: UUID, by: Person, at: datetime) -> None:
    """The link is worth nothing from now on. Raises SpentInvitation."""
    schema = tenancy.current()
    with tenancy.shared():
        gone, _rows = Invitation.objects.filter(pk=invitation_id, tenant__schema_name=schema).delete()
    if not gone:
        raise SpentInvitation(_("This invitation is no longer open."))
    _note("person.invitation_withdrawn", invitation_id, by=by, at=at)


def found(*, token: str, at: datetime) -> Invitation:
    """The invitation behind a link, with its tenant; looking uses nothing up. Raises SpentInvitation."""
    with tenancy.shared():
        rows = Invitation.objects.select_related("tenant", "invited_by")
        row = rows.filter(token_hash=_hash(token), made_at__gt=at - INVITATION_LIVES).first()
    if row is None:
        raise SpentInvitation(_("This invitation was used, withdrawn, or is too old: ask for a new one."))
    return row


@tenancy.atomic
def accept(*, token: str, person: Person, at: datetime) -> Tenant:
    """The signed-in person joins; the link is used up.

    Raises SpentInvitation, AnothersInvitation, and NoSeat when the plan holds no more members than there are.
    """
    with tenancy.shared():
        row = found(token=token, at=at)
        if person.email != row.email:
            raise AnothersInvitation(_("This invitation is for %(email)s.") % {"email": row.email})
        _require_seat(row.tenant, person)
        if not Invitation.objects.filter(pk=row.pk).delete()[0]:
            raise SpentInvitation(_("This invitation was used, withdrawn, or is too old: ask for a new one."))
        Membership.objects.get_or_create(
            person=person, tenant=row.tenant, defaults={"role": row.role, "joined_at": at}
        )
    with tenancy.opened(row.tenant.schema_name):
        _note("person.joined", person.pk, by=person, at=at, after={"role": row.role})
    return row.tenant


@tenancy.atomic
def accept_as_new(
    *, token: str, name: str, password: str, language: str, at: datetime
) -> tuple[Person, Tenant]:
    """Make the account that the invitation's address has none of, and join.

    Raises SpentInvitation, NoSeat, AccountExists (sign in and accept) and InvalidAccount for a weak password.
    """
    with tenancy.shared():
        email = found(token=token, at=at).email
        person = accounts.join(email=email, password=password, name=name, language=language, at=at)
    return person, accept(token=token, person=person, at=at)


@tenancy.atomic
def change_role(*, membership_id: int, role: str, by: Person, at: datetime) -> None:
    """Raises UnknownMember, InvalidInvitation for no role, and LastOwner: somebody has to be one."""
    if role not in Role.values:
        raise InvalidInvitation(_("There is no such role."), field="role")
    schema = tenancy.current()
    with tenancy.shared():
        row = _locked(membership_id, schema)
        before = row.role
        if before == Role.OWNER != role:
            _require_another_owner(row)
        row.role = role
        row.save(update_fields=["role"])
    _note("person.role_changed", row.person_id, by=by, at=at, before={"role": before}, after={"role": role})


@tenancy.atomic
def remove(*, membership_id: int, by: Person, at: datetime) -> Membership:
    """Somebody belongs to the open tenant no more: their next click already finds the door closed.

    What they wrote stays. Raises UnknownMember and LastOwner.
    """
    schema = tenancy.current()
    with tenancy.shared():
        row = _locked(membership_id, schema)
        if row.role == Role.OWNER:
            _require_another_owner(row)
        Membership.objects.filter(pk=row.pk).delete()
    _note("person.removed", row.person_id, by=by, at=at)
    return row


def _locked(membership_id: int, schema: str) -> Membership:
    """A member of the tenant; who else changes its members waits."""
    Tenant.objects.select_for_update(of=["self"]).get(schema_name=schema)
    rows = Membership.objects.select_related("person", "tenant").filter(tenant__schema_name=schema)
    row = rows.filter(pk=membership_id).first()
    if row is None:
        raise UnknownMember(_("There is no such member."))
    return row


def _require_seat(tenant: Tenant, person: Person) -> None:
    """Seats were counted when the invitation was sent; since then a trial may be over, or a plan smaller."""
    Tenant.objects.select_for_update(of=["self"]).get(pk=tenant.pk)
    used = Membership.objects.filter(tenant=tenant).exclude(person=person).count()
    try:
        with tenancy.opened(tenant.schema_name):
            entitlements.require("members", used=used)
    except entitlements.NotEntitled:
        words = _("The plan of %(workspace)s has no seat left. Ask whoever invited you to make room.")
        raise NoSeat(words % {"workspace": tenant.name}) from None


def _require_another_owner(row: Membership) -> None:
    owners = Membership.objects.filter(tenant=row.tenant, role=Role.OWNER).exclude(pk=row.pk)
    if not owners.exists():
        raise LastOwner(_("A workspace needs an owner: make somebody else one first."))


def _note(
    name: str,
    subject_id: UUID,
    *,
    by: Person,
    at: datetime,
    before: Change | None = None,
    after: Change | None = None,
) -> None:
    facts.record(
        name, subject_id=subject_id, at=at, actor_id=by.pk, origin="staff", before=before, after=after
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
