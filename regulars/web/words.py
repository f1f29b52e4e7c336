"""The words for what the core knows as codes: stages, statuses, channels, grounds; with their color.

Nothing else in the web names a code to a person.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from regulars.crm_core.commerce.canonical import OrderKind, OrderStatus
from regulars.crm_core.customers.models import Channel, Contact
from regulars.crm_core.customers.suggestions import Because
from regulars.crm_core.insight.models import Stage

Words = str | Promise


@dataclass(frozen=True)
class Word:
    """``text`` for people; ``tone`` of a chip (plain, ok, warn, bad, brand) or ``dot`` of a badge."""

    text: Words
    tone: str = "plain"
    dot: str = "quiet"
    why: Words = ""


STAGES: dict[str, Word] = {
    Stage.LEAD: Word(_("Lead"), why=_("Has not ordered yet.")),
    Stage.NEW: Word(_("New"), dot="new", why=_("Has ordered once.")),
    Stage.REPEAT: Word(_("Repeat"), dot="vip", why=_("Came back after the first order.")),
    Stage.LOYAL: Word(_("Loyal"), dot="loyal", why=_("Orders again and again, and has not fallen silent.")),
    Stage.AT_RISK: Word(_("At risk"), dot="risk", why=_("Silent for far longer than usual.")),
    Stage.LAPSED: Word(_("Lapsed"), why=_("Has not ordered for over a year.")),
}
# The tabs of the list, in their order.
STAGE_TABS: tuple[tuple[str, Words], ...] = (
    ("", _("All customers")),
    (Stage.LOYAL, _("Loyal")),
    (Stage.REPEAT, _("Repeat")),
    (Stage.NEW, _("New")),
    (Stage.AT_RISK, _("At risk")),
    (Stage.LAPSED, _("Lapsed")),
    (Stage.LEAD, _("Leads")),
)

STATUSES: dict[str, Word] = {
    OrderStatus.PENDING: Word(_("Awaiting payment")),
    OrderStatus.ON_HOLD: Word(_("On hold"), tone="warn"),
    OrderStatus.PROCESSING: Word(_("In progress"), tone="brand"),
    OrderStatus.COMPLETED: Word(_("Completed"), tone="ok"),
    OrderStatus.REFUNDED: Word(_("Refunded")),
    OrderStatus.CANCELLED: Word(_("Cancelled")),
    OrderStatus.FAILED: Word(_("Payment failed"), tone="bad"),
    OrderStatus.DRAFT: Word(_("Draft")),
    OrderStatus.TRASHED: Word(_("In the shop's trash")),
}
STATUS_TABS: tuple[tuple[str, Words], ...] = (
    ("", _("All orders")),
    (OrderStatus.PROCESSING, _("In progress")),
    (OrderStatus.ON_HOLD, _("On hold")),
    (OrderStatus.COMPLETED, _("Completed")),
    (OrderStatus.REFUNDED, _("Refunded")),
    (OrderStatus.PENDING, _("Awaiting payment")),
    (OrderStatus.CANCELLED, _("Cancelled")),
    (OrderStatus.FAILED, _("Payment failed")),
)
KINDS: dict[str, Words] = {
    OrderKind.SALE: _("Order"),
    OrderKind.CREDIT: _("Credit note"),
    OrderKind.ADJUSTMENT: _("Adjustment"),
}

CHANNELS: dict[str, Words] = {Channel.EMAIL: _("E-mail"), Channel.SMS: _("Text message")}
CHANNEL_ICONS: dict[str, str] = {Channel.EMAIL: "mail", Channel.SMS: "smartphone"}

SHOP_KINDS: dict[str, Words] = {"woocommerce": _("WooCommerce"), "push": _("Signed push")}

ORIGINS: dict[str, Words] = {
    "webhook": _("told by the shop"),
    "fetch": _("asked of the shop"),
    "backfill": _("read from the shop's history"),
    "reconcile": _("found when comparing with the shop"),
    "import": _("from a file"),
    "push": _("pushed by the shop"),
    "staff": _("entered by your team"),
}

EVIDENCE: dict[str, Words] = {
    "merge": _("came with a merge"),
    "unlinked": _("taken apart from another customer"),
    "order": _("given with an order"),
    "shop": _("the shop's own record"),
}
SOURCES: dict[str, Words] = {
    "staff": _("Entered by your team"),
    "shop": _("A shop"),
    "import": _("From a file"),
    "webhook": _("An order"),
    "push": _("An order"),
    "fetch": _("An order"),
    "backfill": _("The shop's history"),
    "reconcile": _("The shop's history"),
}
BECAUSE: dict[str, Words] = {
    Because.EMAIL: _("An order of theirs carried this e-mail address"),
    Because.NAME_AND_CITY: _("Same name, same city"),
}
GROUND_MARKS: dict[str, Words] = {"merge: ": _("from a merge"), "unmerge: ": _("from undoing a merge")}

ORDER_FACTS: dict[str, tuple[Words, str, str]] = {  # fact -> words, icon, hue
    "order.placed": (_("Placed"), "shopping-bag", "green"),
    "order.changed": (_("Changed"), "pencil", "blue"),
    "order.refunded": (_("Refunded"), "undo-2", "red"),
    "order.cancelled": (_("Cancelled"), "ban", "sand"),
    "order.gone": (_("Removed at the shop"), "trash-2", "sand"),
    "order.restored": (_("Back at the shop"), "rotate-ccw", "green"),
}


def spoken(word: Word) -> Word:
    """The same in the language that is active now, for a list that prints it in every row."""
    return Word(str(word.text), tone=word.tone, dot=word.dot, why=str(word.why))


def stage(code: str) -> Word:
    return STAGES.get(code, Word(code))


def status(code: str) -> Word:
    return STATUSES.get(code, Word(code))


def origin(code: str) -> Words:
    return ORIGINS.get(code, code)


def channel(code: str) -> Words:
    return CHANNELS.get(code, code)


def shop_kind(code: str) -> Words:
    return SHOP_KINDS.get(code, code)


def name_of(contact: Contact) -> str:
    """What a customer is called where a name must stand."""
    return contact.name or contact.email or gettext("Without a name")


def evidence(code: str) -> str:
    """How we know of a link: ``staff``, ``merge:<id>``, ``unlinked:<id>``, or the way a shop's row came."""
    way = code.partition(":")[0]
    return str({**ORIGINS, **EVIDENCE}.get(way, code))


def ground(code: str) -> str:
    """How a word about consent came: a merge says so in front of the ground it repeats."""
    for mark, said in GROUND_MARKS.items():
        if code.startswith(mark):
            rest = code.removeprefix(mark)
            return str(said) if rest == "nothing said" else f"{said}: {rest}"
    return code


def source(code: str) -> str:
    """Where a customer first came from: a kind of shop, a file, or the team."""
    return str({**SHOP_KINDS, **SOURCES}.get(code, code))


def number(written: str) -> str:
    """An order's number as people write it, with one sign in front."""
    return written if written.startswith("#") else f"#{written}"
