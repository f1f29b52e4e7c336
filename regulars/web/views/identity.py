"""Why a customer is one person: links with their evidence, taking them apart, merging and undoing it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from regulars.crm_core.customers import contacts
from regulars.crm_core.customers.models import Contact, Link, LinkKind
from regulars.crm_core.insight import listing
from regulars.crm_core.insight.listing import Filter, Sort
from regulars.integrations.shop.models import Connection
from regulars.web import formats, htmx, lists, toasts, words
from regulars.web.access import members

FOUND_AT_MOST = 8


@members
@require_safe
def links(request: htmx.Request, contact_id: UUID) -> HttpResponse:
    contact = contacts.resolved(contact_id)
    rows = contact.links.order_by("undone_at", "linked_at", "pk")
    shops = {str(pk): name for pk, name in Connection.objects.values_list("pk", "name")}
    shown = {
        "contact": contact,
        "rows": [_link(row, shops) for row in sorted(rows, key=lambda row: row.undone_at is not None)],
        "merges": [
            {"id": other.pk, "name": words.name_of(other), "email": other.email}
            for other in contact.absorbed.order_by("name", "pk")
        ],
        "name": words.name_of(contact),
    }
    return render(request, "customers/links.html", shown)


@members
@require_POST
def undo_link(request: htmx.Request, contact_id: UUID, link_id: int) -> HttpResponse:
    """The address or id gets a contact of its own; merging the two is the way back."""
    made = contacts.unlink(link=link_id, at=timezone.now(), actor_id=request.person.pk)
    back = f"{reverse('customers:merge', args=[contact_id])}?with={made.pk}"
    toasts.say(request, message=_("%(name)s is a customer of its own now.") % {"name": made}, undo=back)
    return redirect("customers:links", contact_id)


@members
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def merge(request: htmx.Request, contact_id: UUID) -> HttpResponse:
    """Find the other one, see both next to each other, and only then do it."""
    contact = contacts.resolved(contact_id)
    other = _other(request, contact)
    if request.method == "POST" and other is not None:
        contacts.merge(keep=contact.pk, absorb=other.pk, at=timezone.now(), actor_id=request.person.pk)
        undo = reverse("customers:unmerge", args=[other.pk])
        said = _("%(name)s was merged into this customer.") % {"name": words.name_of(other)}
        toasts.say(request, message=said, undo=undo)
        return redirect("customers:show", contact.pk)
    shown: dict[str, Any] = {
        "contact": contact,
        "name": words.name_of(contact),
        "words": lists.words(request),
    }
    if other is not None:
        shown |= {"other": other, "other_name": words.name_of(other), "sides": _sides(contact, other)}
    elif shown["words"]:
        shown["found"] = _found(request, contact, shown["words"])
    return render(request, htmx.template(request, page="customers/merge.html", part="found"), shown)


@members
@require_POST
def unmerge(request: htmx.Request, contact_id: UUID) -> HttpResponse:
    freed = contacts.unmerge(contact=contact_id, at=timezone.now(), actor_id=request.person.pk)
    toasts.say(
        request, message=_("%(name)s is a customer of its own again.") % {"name": words.name_of(freed)}
    )
    return redirect("customers:show", freed.pk)


def _other(request: htmx.Request, contact: Contact) -> Contact | None:
    given = request.POST.get("with") or request.GET.get("with")
    try:
        found = contacts.resolved(UUID(given)) if given else None
    except ValueError:
        return None
    return None if found is None or found.pk == contact.pk else found


def _found(request: htmx.Request, contact: Contact, wanted: str) -> list[dict[str, Any]]:
    page = listing.page(where=Filter(words=wanted), sort=Sort.SPEND, cursor=None, size=FOUND_AT_MOST + 1)
    return [
        {
            "id": one.id,
            "href": f"{request.path}?with={one.id}",
            "name": one.name or one.email or _("Without a name"),
            "caption": one.email,
            "value": formats.money(one.total_spent, request.tenant.currency),
        }
        for one in page.rows
        if one.id != contact.pk
    ][:FOUND_AT_MOST]


def _sides(kept: Contact, gone: Contact) -> list[dict[str, str]]:
    at = timezone.now()
    fields = [
        (_("Name"), words.name_of),
        (_("E-mail"), lambda one: one.email),
        (_("Phone"), lambda one: one.phone),
        (_("City"), lambda one: one.city),
        (_("Orders"), lambda one: formats.number(one.orders.count())),
        (_("Customer since"), lambda one: formats.day(one.appeared_at, at=at)),
    ]
    return [{"label": label, "kept": read(kept), "gone": read(gone)} for label, read in fields]


def _link(row: Link, shops: dict[str, str]) -> dict[str, Any]:
    is_undone, at = row.undone_at is not None, timezone.now()
    title, icon = row.value, "mail"
    if row.kind == LinkKind.SHOP:
        shop, _colon, number = row.value.partition(":")
        icon = "store"
        title = _("Customer %(number)s of %(shop)s") % {
            "number": number,
            "shop": shops.get(shop, _("a file")),
        }
    how = _("%(evidence)s, since %(day)s") % {
        "evidence": words.evidence(row.evidence),
        "day": formats.day(row.linked_at, at=at),
    }
    if row.undone_at is not None:
        how = _("Taken apart on %(day)s") % {"day": formats.day(row.undone_at, at=at)}
    return {
        "title": title,
        "icon": icon,
        "how": how,
        "is_undone": is_undone,
        "undo": "" if is_undone else reverse("customers:undo_link", args=[row.contact_id, row.pk]),
    }
