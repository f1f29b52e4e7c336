"""Coming back without the password: a mailed link that sets a new one, once, within an hour.

The link proves the address, as at sign-up. It is made of the account's present password (Django's own
generator), so that using it, or changing the password otherwise, ends every link before.
"""

import hashlib
from contextlib import suppress
from uuid import UUID

from django.contrib.auth.tokens import default_token_generator
from django.core.cache import cache
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from regulars.platform import errors, tenancy
from regulars.tenants import accounts
from regulars.tenants.models import Person

MAILED_EVERY_SECONDS = 60  # to one address, whoever asks: nobody's inbox is flooded through us


class SpentLink(errors.Refused):
    """Unknown, used or too old: one word for all."""

    status = 404
    code = "spent_link"


def link_for(*, email: str) -> tuple[Person, str] | None:
    """The person with this address and a token for their link.

    None when there is no such account, or the address was mailed within the last minute.
    """
    person = Person.objects.filter(email=accounts.normalized(email), is_active=True).first()
    if person is None or not _may_mail(person.email):
        return None
    return person, default_token_generator.make_token(person)


def found(*, person_id: str, token: str) -> Person:
    """Whose link this is; looking uses nothing up. Raises SpentLink."""
    person = None
    with suppress(ValueError):
        person = Person.objects.filter(pk=UUID(person_id), is_active=True).first()
    if person is None or not default_token_generator.check_token(person, token):
        raise SpentLink(_("This link was used or is too old: ask for a new one."))
    return person


@tenancy.atomic
def renew(*, person_id: str, token: str, password: str) -> Person:
    """Give the account its new password; every session and every other link of it ends.

    Raises SpentLink, and InvalidAccount for a weak password, which leaves the link as it was.
    """
    person = found(person_id=person_id, token=token)
    Person.objects.select_for_update().get(pk=person.pk)
    accounts.change_password(person=person, password=password)
    return person


def _may_mail(email: str) -> bool:
    key = f"forgotten:{hashlib.sha256(email.encode()).hexdigest()}"
    with suppress(RedisError):
        return bool(cache.add(key, 1, timeout=MAILED_EVERY_SECONDS))
    return True
