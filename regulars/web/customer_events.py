"""The timeline of one customer as the screen shows it: tabs, events, and the way to earlier ones."""

from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.crm_core.customers import timeline
from regulars.crm_core.customers.models import Contact
from regulars.crm_core.customers.timeline import Item, Kind
from regulars.web import formats, htmx, words

EVENTS_PER_PAGE = 20
WORDS_AT_MOST = 400

TABS: dict[str, tuple[str | Promise, tuple[Kind, ...]]] = {
    "": (gettext_lazy("Everything"), ()),
    "orders": (gettext_lazy("Orders"), (Kind.ORDER,)),
    "refunds": (gettext_lazy("Refunds"), (Kind.REFUND,)),
    "notes": (gettext_lazy("Notes"), (Kind.NOTE,)),
    "consent": (gettext_lazy("Consent"), (Kind.CONSENT,)),
}
IDENTITY: dict[str, str | Promise] = {
    "contact.merged": gettext_lazy("Another customer was merged into this one"),
    "contact.unmerged": gettext_lazy("A merge was undone"),
    "contact.unlinked": gettext_lazy("An address was taken apart"),
}


def shown(request: htmx.Request, contact: Contact) -> dict[str, Any]:
    """What the template's part ``timeline`` needs; ``show`` and ``cursor`` in the address choose it."""
    here = reverse("customers:show", args=[contact.pk])
    is_here = request.path == here
    chosen = request.GET.get("show", "") if is_here else ""
    chosen = chosen if chosen in TABS else ""
    cursor = request.GET.get("cursor") if is_here else None
    page = timeline.of(contact=contact.pk, kinds=TABS[chosen][1], cursor=cursor or None, size=EVENTS_PER_PAGE)
    tab_href = f"{here}?show={chosen}" if chosen else here
    return {
        "tabs": [
            {"href": f"{here}?show={code}" if code else here, "text": text, "is_current": code == chosen}
            for code, (text, _kinds) in TABS.items()
        ],
        "events": [_event(item, contact) for item in page.items],
        "newest": tab_href if cursor else "",
        "next": f"{here}?show={chosen}&cursor={page.next}" if page.next else "",
    }


def _event(item: Item, contact: Contact) -> dict[str, Any]:
    match item.kind:
        case Kind.ORDER:
            drawn = _order(item)
        case Kind.REFUND:
            drawn = _refund(item)
        case Kind.NOTE:
            drawn = _note(item, contact)
        case Kind.CONSENT:
            drawn = _consent(item)
        case Kind.IDENTITY:
            title = IDENTITY.get(item.status, item.status)
            links = reverse("customers:links", args=[contact.pk])
            drawn = {"icon": "merge", "hue": "purple", "title": title, "href": links}
    return {"at": item.at, **drawn}


def _order(item: Item) -> dict[str, Any]:
    return {
        "icon": "shopping-bag",
        "hue": "green",
        "title": _("Order %(number)s") % {"number": words.number(item.title)},
        "href": reverse("orders:show", args=[item.id]),
        "status": words.status(item.status),
        "amount": formats.money(item.amount or 0, item.currency),
        "body": _clipped(item.words),
    }


def _refund(item: Item) -> dict[str, Any]:
    return {
        "icon": "undo-2",
        "hue": "red",
        "title": _("Refund on order %(number)s") % {"number": words.number(item.title)},
        "href": reverse("orders:show", args=[item.id]),
        "amount": formats.money(-(item.amount or 0), item.currency),
        "body": item.words,
    }


def _note(item: Item, contact: Contact) -> dict[str, Any]:
    by = _("Note by %(name)s") % {"name": item.title}
    return {
        "icon": "notebook-pen",
        "hue": "pink",
        "title": by if item.title else _("Note"),
        "body": item.words,
        "remove": reverse("customers:take_back_note", args=[contact.pk, item.id]),
    }


def _consent(item: Item) -> dict[str, Any]:
    is_given = item.status == "yes"
    title = _("Agreed: %(channel)s") if is_given else _("Refused: %(channel)s")
    return {
        "icon": "mail-check" if is_given else "mail-x",
        "hue": "cyan" if is_given else "sand",
        "title": title % {"channel": words.channel(item.title)},
        "body": words.ground(item.words),
    }


def _clipped(text: str) -> str:
    return text if len(text) <= WORDS_AT_MOST else f"{text[:WORDS_AT_MOST].rstrip()}…"
