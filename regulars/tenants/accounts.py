"""People who log in: making an account, proving who one is, and carrying a sign-in to a tenant's host."""

import hashlib
from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError
from django.utils.translation import gettext as _

from regulars.platform import errors, ids, tenancy
from regulars.tenants.models import Handover, Membership, Person, SignInAttempt, Tenant

THROTTLED_FOR = timedelta(minutes=15)
MAX_FAILURES_PER_ACCOUNT = 10  # within THROTTLED_FOR, from one address
MAX_FAILURES_PER_ADDRESS = 50
# Compared with when there is no such account, so that both answers take equally long.
NOBODY = make_password("nobody has this password")


class InvalidAccount(errors.Invalid):
    """``field`` names what is wrong: "email" or "password"."""

    code = "invalid_account"

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


class AccountExists(errors.Refused):
    code = "account_exists"


class WrongCredentials(errors.Refused):
    status = 401
    code = "wrong_credentials"


class TooManyAttempts(errors.Refused):
    status = 429
    code = "too_many_attempts"


class NotAMember(errors.Refused):
    status = 403
    code = "not_a_member"


class SpentHandover(errors.Refused):
    status = 403
    code = "spent_handover"


def normalized(email: str) -> str:
    return email.strip().lower()


@tenancy.atomic
def join(*, email: str, password: str, name: str, language: str, at: datetime) -> Person:
    """Make an account. Raises InvalidAccount (bad address, weak password) and AccountExists."""
    email = normalized(email)
    try:
        validate_email(email)
    except ValidationError:
        raise InvalidAccount(_("This is not an e-mail address."), field="email") from None
    person = Person(email=email, name=name.strip(), language=language, joined_at=at)
    try:
        validate_password(password, person)
    except ValidationError as problem:
        raise InvalidAccount(" ".join(problem.messages), field="password") from None
    person.set_password(password)
    try:
        with tenancy.atomic():
            person.save(force_insert=True)
    except IntegrityError:
        raise AccountExists(_("This address already has an account: sign in instead.")) from None
    return person


def authenticated(*, email: str, password: str, address: str | None, at: datetime) -> Person:
    """The person with these credentials.

    Raises TooManyAttempts when this account (from this address) or this address failed too often within
    15 minutes, else WrongCredentials, with one text and equal time for unknown accounts.
    """
    key = attempts_key(email)
    recent = SignInAttempt.objects.filter(happened_at__gt=at - THROTTLED_FOR, address=address)
    # Per account and address together: a stranger elsewhere cannot lock the owner out.
    if (
        recent.filter(email_hash=key).count() >= MAX_FAILURES_PER_ACCOUNT
        or recent.count() >= MAX_FAILURES_PER_ADDRESS
    ):
        raise TooManyAttempts(_("Too many attempts. Wait 15 minutes, or reset your password."))
    person = Person.objects.filter(email=normalized(email), is_active=True).first()
    is_right = check_password(password, person.password if person else NOBODY)
    if person is None or not is_right:
        SignInAttempt.objects.create(email_hash=key, address=address, happened_at=at)
        raise WrongCredentials(_("The e-mail address or the password is not right."))
    return person


def attempts_key(email: str) -> str:
    """What failed attempts at an account are counted under."""
    return hashlib.sha256(normalized(email).encode()).hexdigest()


def workspaces(*, person: Person) -> list[Tenant]:
    """The tenants a person belongs to, by name."""
    rows = Tenant.objects.filter(memberships__person=person, state="active")
    return list(rows.order_by("name", "pk"))


@tenancy.atomic
def hand_over(*, person: Person, tenant: Tenant, at: datetime) -> str:
    """A token that signs the person in on the tenant's host: once, within 60 seconds.

    Raises NotAMember.
    """
    if not Membership.objects.filter(person=person, tenant=tenant).exists():
        raise NotAMember(_("You do not belong to this workspace."))
    token = ids.token()
    Handover.objects.create(token_hash=_hash(token), person=person, tenant=tenant, made_at=at)
    return token


@tenancy.atomic
def taken_over(*, token: str, schema: str, at: datetime) -> Person:
    """Spend a hand-over token on the host of the tenant it was made for. Raises SpentHandover."""
    row = (
        Handover.objects.select_for_update(of=["self"])
        .select_related("person", "tenant")
        .filter(token_hash=_hash(token))
        .first()
    )
    if row is None or not row.is_open(at=at) or row.tenant.schema_name != schema or not row.person.is_active:
        raise SpentHandover(_("This link has been used or is too old: sign in again."))
    row.used_at = at
    row.save(update_fields=["used_at"])
    return row.person


@tenancy.atomic
def change_preferences(*, person: Person, name: str, language: str, time_zone: str) -> None:
    person.name, person.language, person.time_zone = name.strip(), language, time_zone
    person.save(update_fields=["name", "language", "time_zone"])


@tenancy.atomic
def change_password(*, person: Person, password: str) -> None:
    """Give a person, proved just before, a new password; every other session of theirs ends.

    Raises InvalidAccount for a weak one.
    """
    try:
        validate_password(password, person)
    except ValidationError as problem:
        raise InvalidAccount(" ".join(problem.messages), field="password") from None
    person.set_password(password)
    person.save(update_fields=["password"])


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
