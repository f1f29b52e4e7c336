"""Segments: rules under a name. Who belongs is asked of the database each time, never kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet, Value
from django.utils.translation import gettext as _

from regulars.crm_core.commerce.models import Product
from regulars.crm_core.insight import compiling, rules, wording
from regulars.crm_core.insight.models import CustomerMetrics, Segment
from regulars.crm_core.insight.rules import BadRules
from regulars.crm_core.insight.tree import Bought, Node
from regulars.platform import errors, tenancy
from regulars.platform.facts import facts

MAX_NAME_CHARACTERS = 120
MAX_SEGMENTS = 500  # of a tenant, removed ones not counted


class UnknownSegment(errors.NotFound):
    code = "unknown_segment"


class BadSegmentName(errors.Invalid):
    """Empty, too long, or of characters that cannot be stored."""

    code = "bad_segment_name"


class SegmentNameTaken(errors.Refused):
    code = "segment_name_taken"


class StaleSegment(errors.Refused):
    """Somebody else has changed it since it was read."""

    code = "stale_segment"


class TooManySegments(errors.Refused):
    code = "too_many_segments"


class BrokenSegment(errors.Refused):
    """It refers to something that is gone; its number would be wrong."""

    code = "broken_segment"


@tenancy.atomic
def save(
    *,
    name: str,
    rules: dict[str, Any],
    at: datetime,
    segment_id: UUID | None = None,
    version: int | None = None,
    actor_id: UUID | None = None,
    origin: str = "staff",
) -> Segment:
    """Make a segment, or change one from the ``version`` that was read (None: whatever stands).

    Saving what stands changes nothing. Raises BadSegmentName, BadRules (also for a product that is gone),
    SegmentNameTaken, TooManySegments, UnknownSegment and StaleSegment.
    """
    called, node = _name(name), _parsed(rules)
    _refuse_gone_products(node)
    tenancy.lock("segments")
    row = None if segment_id is None else _locked(segment_id)
    if row is not None and version is not None and row.version != version:
        raise StaleSegment(_("Somebody else has changed this segment meanwhile. Look at it anew."))
    _refuse_taken(called, other_than=segment_id)
    said: dict[str, Any] = {"name": called, "rules": _written(node)}
    by: dict[str, Any] = {"actor_id": actor_id, "origin": origin}
    return _make(said, at=at, **by) if row is None else _change(row, said, at=at, **by)


@tenancy.atomic
def remove(*, segment_id: UUID, at: datetime, actor_id: UUID | None = None) -> Segment:
    """Take a segment off the list; what was sent to it stays. A second time changes nothing. Raises
    UnknownSegment."""
    row = _any(segment_id)
    if row.removed_at is None:
        row.removed_at = at
        row.save(update_fields=["removed_at"])
        facts.record("segment.removed", subject_id=row.pk, at=at, actor_id=actor_id, origin="staff")
    return row


@tenancy.atomic
def restore(*, segment_id: UUID, at: datetime, actor_id: UUID | None = None) -> Segment:
    """Undo of ``remove``. Raises UnknownSegment, and SegmentNameTaken when another bears its name by now."""
    tenancy.lock("segments")
    row = _any(segment_id)
    if row.removed_at is not None:
        _refuse_taken(row.name, other_than=row.pk)
        row.removed_at = None
        row.save(update_fields=["removed_at"])
        facts.record("segment.restored", subject_id=row.pk, at=at, actor_id=actor_id, origin="staff")
    return row


def found(segment_id: UUID) -> Segment:
    """A segment that was not removed. Raises UnknownSegment."""
    row = Segment.objects.filter(pk=segment_id, removed_at=None).first()
    if row is None:
        raise UnknownSegment(_("There is no such segment."))
    return row


def listed() -> list[Segment]:
    """All that were not removed, by name."""
    return sorted(Segment.objects.filter(removed_at=None), key=lambda row: (row.name.casefold(), row.pk))


def members(rules: Mapping[str, Any], *, at: datetime) -> "QuerySet[CustomerMetrics]":
    """The listed customers that the rules hold for at this time, in no order: one statement when it is read.

    Raises BadRules, and BrokenSegment where ``problems`` would say something.
    """
    node = _parsed(rules)
    if said := _problems(node):
        raise BrokenSegment(said[0])
    return compiling.compiled(node, at=at)


def count(rules: Mapping[str, Any], *, at: datetime) -> int:
    """How many members there are now. Raises what ``members`` raises."""
    return members(rules, at=at).count()


def counts(asked: Sequence[Mapping[str, Any]], *, at: datetime) -> list[int | None]:
    """How many members each of several has, in two statements; None for one that cannot be asked any more."""
    nodes = [_readable(each) for each in asked]
    known = _products(*(node for node in nodes if node is not None))
    sound = [
        (place, node)
        for place, node in enumerate(nodes)
        if node is not None and not _gone_products(node, known=known)
    ]
    parts = [
        compiling.compiled(node, at=at)
        .order_by()
        .annotate(place=Value(place))
        .values("place")
        .annotate(n=Count("pk"))
        .values_list("place", "n")
        for place, node in sound
    ]
    found = dict(parts[0].union(*parts[1:], all=True)) if parts else {}
    return [found.get(place) for place in range(len(asked))]


def problems(rules: Mapping[str, Any]) -> list[str]:
    """Why this segment cannot be asked any more, in words with the way out; empty when it is sound."""
    try:
        return _problems(_parsed(rules))
    except BadRules as bad:
        return [_("These rules cannot be read any more: %(why)s Edit the segment.") % {"why": str(bad)}]


def sentence(rules: Mapping[str, Any]) -> str:
    """The rules in the reader's language; rules that cannot be read are said to be so."""
    try:
        node = _parsed(rules)
    except BadRules:
        return _("Rules that cannot be read any more")
    return wording.sentence(node, titles={row.pk: row.title for row in _products(node).values()})


def _make(said: dict[str, Any], *, at: datetime, **by: Any) -> Segment:
    if Segment.objects.filter(removed_at=None).count() >= MAX_SEGMENTS:
        raise TooManySegments(_("There are %(most)d segments already; remove one.") % {"most": MAX_SEGMENTS})
    row = Segment.objects.create(**said, made_at=at, changed_at=at)
    facts.record("segment.made", subject_id=row.pk, at=at, after=said, **by)
    return row


def _change(row: Segment, said: dict[str, Any], *, at: datetime, **by: Any) -> Segment:
    before = {"name": row.name, "rules": row.rules}
    if before != said:
        row.name, row.rules = said["name"], said["rules"]
        row.version, row.changed_at = row.version + 1, at
        row.save(update_fields=["name", "rules", "version", "changed_at"])
        facts.record("segment.changed", subject_id=row.pk, at=at, before=before, after=said, **by)
    return row


def _problems(node: Node) -> list[str]:
    return [said for _path, said in _gone_products(node)]


def _refuse_gone_products(node: Node) -> None:
    for path, said in _gone_products(node):
        raise BadRules(said, path=f"{path}.value.product" if path else "value.product")


def _readable(rules: Mapping[str, Any]) -> Node | None:
    try:
        return _parsed(rules)
    except BadRules:
        return None


def _gone_products(node: Node, *, known: dict[UUID, Product] | None = None) -> list[tuple[str, str]]:
    """Where a rule asks for a product that the shop no longer has, and what to do about it."""
    known = _products(node) if known is None else known
    gone: list[tuple[str, str]] = []
    for path, leaf in rules.leaves(node):
        if isinstance(leaf, Bought):
            row = known.get(leaf.product)
            if row is None:
                said = _(
                    "A product that a rule asks for does not exist. Choose another, or take the rule out."
                )
                gone.append((path, said))
            elif row.gone_at is not None:
                said = _(
                    "“%(product)s” is no longer in the shop. Choose another product, or take the rule out."
                )
                gone.append((path, said % {"product": row.title}))
    return gone


def _products(*nodes: Node) -> dict[UUID, Product]:
    leaves = (leaf for node in nodes for _path, leaf in rules.leaves(node))
    asked = {leaf.product for leaf in leaves if isinstance(leaf, Bought)}
    return Product.objects.only("title", "gone_at").in_bulk(asked) if asked else {}


def _parsed(data: Mapping[str, Any]) -> Node:
    return rules.parsed(data)


def _written(node: Node) -> dict[str, Any]:
    return rules.written(node)


def _name(name: str) -> str:
    called = " ".join(name.split())
    if not called or len(called) > MAX_NAME_CHARACTERS or not called.isprintable():
        raise BadSegmentName(
            _("A segment's name has between 1 and %(most)d characters.") % {"most": MAX_NAME_CHARACTERS}
        )
    return called


def _refuse_taken(name: str, *, other_than: UUID | None) -> None:
    namesakes = Segment.objects.filter(name__iexact=name, removed_at=None).values_list("pk", flat=True)
    if any(pk != other_than for pk in namesakes):
        raise SegmentNameTaken(_("There is a segment named “%(name)s” already.") % {"name": name})


def _locked(segment_id: UUID) -> Segment:
    row = _any(segment_id)
    if row.removed_at is not None:
        raise UnknownSegment(_("There is no such segment."))
    return row


def _any(segment_id: UUID) -> Segment:
    row = Segment.objects.select_for_update().filter(pk=segment_id).first()
    if row is None:
        raise UnknownSegment(_("There is no such segment."))
    return row
