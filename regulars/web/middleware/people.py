"""Who is at the other end: session -> person -> membership, read in public before the tenant is entered."""

from collections.abc import Callable, Collection, Mapping
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse

from regulars.tenants import resolving
from regulars.tenants.models import Membership, Person

Answer = Callable[[HttpRequest], HttpResponse]

SESSIONS_AT_A_TIME = 500
PERSON = "person"
TENANT = "tenant"  # the tenant a session was opened for: it is worth nothing on any other host
PROOF = "proof"  # changes with the password, so that a stolen session dies with the old one


class PersonMiddleware:
    """``request.person`` and ``request.membership`` (None when nobody is signed in here)."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.person = request.membership = None  # type: ignore[attr-defined]
        request.has_several_workspaces = False  # type: ignore[attr-defined]
        tenant: resolving.Resolved | None = request.tenant  # type: ignore[attr-defined]
        person_id = request.session.get(PERSON)
        if person_id is not None:
            if tenant is None:
                if TENANT not in request.session:  # a tenant's session opens no way to the person's others
                    request.person = _person(request, person_id)  # type: ignore[attr-defined]
            elif request.session.get(TENANT) == str(tenant.id):
                self._find_member(request, person_id, tenant)
        return self.get_response(request)

    def _find_member(self, request: HttpRequest, person_id: str, tenant: resolving.Resolved) -> None:
        others = Membership.objects.filter(person=OuterRef("person")).exclude(tenant=tenant.id)
        rows = Membership.objects.select_related("person", "tenant__subscription")
        found = rows.filter(person_id=person_id, tenant=tenant.id)
        membership = found.filter(person__is_active=True).annotate(has_others=Exists(others)).first()
        if membership is not None and _is_proven(request, membership.person):
            request.person = membership.person  # type: ignore[attr-defined]
            request.membership = membership  # type: ignore[attr-defined]
            request.has_several_workspaces = membership.has_others  # type: ignore[attr-defined]


def sign_in(request: HttpRequest, person: Person, *, tenant: resolving.Resolved | None) -> None:
    """Open a session on this host, under a new key so that a planted one is worthless."""
    request.session.flush()
    request.session[PERSON] = str(person.pk)
    request.session[PROOF] = person.get_session_auth_hash()
    if tenant is not None:
        request.session[TENANT] = str(tenant.id)


def forget(*, tenant_id: UUID, people: Collection[UUID]) -> int:
    """End every session of a tenant's host, and those of people who are no more; returns how many."""
    ended = [
        row.pk
        for row in Session.objects.iterator(chunk_size=SESSIONS_AT_A_TIME)
        if _speaks_of(row.get_decoded(), str(tenant_id), {str(each) for each in people})
    ]
    return Session.objects.filter(pk__in=ended).delete()[0]


def _speaks_of(words: Mapping[str, object], tenant_id: str, people: Collection[str]) -> bool:
    return words.get(TENANT) == tenant_id or words.get(PERSON) in people


def _person(request: HttpRequest, person_id: str) -> Person | None:
    person = Person.objects.filter(pk=person_id, is_active=True).first()
    return person if person is not None and _is_proven(request, person) else None


def _is_proven(request: HttpRequest, person: Person) -> bool:
    return bool(request.session.get(PROOF) == person.get_session_auth_hash())
