"""What staff write about contacts. A note is taken back and put back, never deleted."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from regulars.crm_core.customers import resolving
from regulars.crm_core.customers.models import Note
from regulars.platform import errors, tenancy
from regulars.platform.facts import facts

MAX_NOTE_CHARACTERS = 10_000
MAX_AUTHOR_CHARACTERS = 200


class BadNote(errors.Invalid):
    """Empty, or too long."""

    code = "bad_note"


class UnknownNote(errors.NotFound):
    code = "unknown_note"


@tenancy.atomic
def write(
    *, contact: UUID, body: str, at: datetime, author_id: UUID | None = None, author_name: str = ""
) -> Note:
    """Add a note to a contact. Raises UnknownContact, and BadNote for an empty or a very long one."""
    text = body.replace("\x00", "").strip()
    if not text or len(text) > MAX_NOTE_CHARACTERS:
        raise BadNote(_("A note has between 1 and %(most)d characters.") % {"most": MAX_NOTE_CHARACTERS})
    row = resolving.resolved(contact, is_locked=True)
    note = Note.objects.create(
        contact=row,
        body=text,
        author_id=author_id,
        author_name=author_name.strip()[:MAX_AUTHOR_CHARACTERS],
        written_at=at,
    )
    _record("note.written", note, at=at, actor_id=author_id)
    return note


@tenancy.atomic
def take_back(*, note: UUID, at: datetime, actor_id: UUID | None = None) -> Note:
    """Hide a note; a second time changes nothing. Raises UnknownNote."""
    row = _locked(note)
    if row.removed_at is None:
        row.removed_at = at
        row.save(update_fields=["removed_at"])
        _record("note.taken_back", row, at=at, actor_id=actor_id)
    return row


@tenancy.atomic
def put_back(*, note: UUID, at: datetime, actor_id: UUID | None = None) -> Note:
    """Undo of ``take_back``. Raises UnknownNote, also for one that was emptied with its redacted contact."""
    row = _locked(note)
    if not row.body:
        raise UnknownNote(_("There is no such note."))
    if row.removed_at is not None:
        row.removed_at = None
        row.save(update_fields=["removed_at"])
        _record("note.put_back", row, at=at, actor_id=actor_id)
    return row


def _locked(note: UUID) -> Note:
    row = Note.objects.select_for_update().filter(pk=note).first()
    if row is None:
        raise UnknownNote(_("There is no such note."))
    return row


def _record(name: str, note: Note, *, at: datetime, actor_id: UUID | None) -> None:
    after = {"note": str(note.pk)}
    facts.record(name, subject_id=note.contact_id, at=at, actor_id=actor_id, origin="staff", after=after)
