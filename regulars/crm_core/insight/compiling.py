"""A tree of rules as one condition on customers' figures: one statement, whatever the tree.

Every rule is true or false, never unknown, so that "not" means the others: a figure that is empty fulfils no
comparison. Who bought and who agreed is asked by EXISTS, never by a list of ids.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import reduce
from operator import and_, or_
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, Exists, Field, Func, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Lower

from regulars.crm_core.commerce.models import Order, OrderLine, SaleEntry
from regulars.crm_core.customers.models import Consent
from regulars.crm_core.insight.models import CustomerMetrics
from regulars.crm_core.insight.tree import (
    Bought,
    Consented,
    Every,
    Leaf,
    Moment,
    Node,
    Not,
    Number,
    Some,
    Staged,
    Tagged,
    Text,
)

COLUMNS: Mapping[str, str] = {
    "last_order": "last_order_at",
    "first_order": "first_order_at",
    "appeared": "contact__appeared_at",
    "email_domain": "contact__email",
}
TAGS: "Field[Any, Any]" = ArrayField(TextField())
NULLABLE = ("profit", "average_gap_days")
EMPTY_WITHOUT_ORDERS = ("last_order", "first_order")


def compiled(node: Node, *, at: datetime) -> "QuerySet[CustomerMetrics]":
    """Listed customers that the tree holds for at this time."""
    return CustomerMetrics.objects.filter(is_listed=True).filter(_condition(node, at=at, has_orders=False))


def _condition(node: Node, *, at: datetime, has_orders: bool) -> Q:
    """``has_orders``: a rule beside this one already asks for orders, so the dates of them are known."""
    match node:
        case Every():
            has_orders = has_orders or any(_asks_for_orders(each) for each in node.of)
            return reduce(and_, (_condition(each, at=at, has_orders=has_orders) for each in node.of))
        case Some():
            return reduce(or_, (_condition(each, at=at, has_orders=has_orders) for each in node.of))
        case Not():
            return ~_condition(node.of, at=at, has_orders=has_orders)
        case Moment():
            return _moment(node, at=at, has_orders=has_orders)
        case Bought():
            return _bought(node, at=at)
        case _:
            return _READERS[type(node)](node)


def _asks_for_orders(node: Node) -> bool:
    """Does this hold only for customers with a counted order? The metrics then have its dates."""
    return isinstance(node, Number) and node.field == "orders_count" and (node.low or Decimal(0)) > 0


def _moment(node: Moment, *, at: datetime, has_orders: bool) -> Q:
    column, since = COLUMNS[node.field], at - timedelta(days=node.days)
    if node.is_ == "within_days":
        return Q(**{f"{column}__gte": since})
    before = Q(**{f"{column}__lt": since})
    may_be_empty = node.field in EMPTY_WITHOUT_ORDERS and not has_orders
    return before | Q(**{column: None}) if may_be_empty else before


def _number(node: Number) -> Q:
    if node.low is not None and node.low == node.high:
        limits = Q(**{node.field: node.low})
    else:
        limits = Q()
        if node.low is not None:
            limits &= Q(**{f"{node.field}__gte": node.low})
        if node.high is not None:
            limits &= Q(**{f"{node.field}__lte": node.high})
    return Q(**{f"{node.field}__isnull": False}) & limits if node.field in NULLABLE else limits


def _staged(node: Staged) -> Q:
    stages = Q(stage__in=node.stages)
    return ~stages if node.is_ == "none_of" else stages


def _tagged(node: Tagged) -> Q:
    """Tags that differ in case only are the same, as when a contact is tagged."""
    lowered = Cast(Lower(Cast("contact__tags", TextField())), TAGS)
    wanted = Value([node.tag.lower()], output_field=TAGS)
    holds = Func(
        lowered, wanted, template="(%(expressions)s)", arg_joiner=" @> ", output_field=BooleanField()
    )
    tagged = ~Q(contact__tags=[]) & Q(holds)
    return ~tagged if node.is_ == "has_not" else tagged


def _text(node: Text) -> Q:
    column = COLUMNS.get(node.field, f"contact__{node.field}")
    said = reduce(or_, (_one_text(node, column, value) for value in node.values))
    return ~said if node.is_ in ("not_equals", "none_of", "not_contains") else said


def _one_text(node: Text, column: str, value: str) -> Q:
    if node.field == "country_code":
        return Q(**{column: value})
    if node.field == "email_domain":
        if node.is_.endswith("contains"):  # after the @: what stands before it is the person, not the domain
            return Q(**{f"{column}__iregex": "@.*" + _literally(value)})
        return Q(**{f"{column}__iendswith": f"@{value}"})
    return Q(**{f"{column}__icontains" if node.is_.endswith("contains") else f"{column}__iexact": value})


def _literally(value: str) -> str:
    return "".join(each if each.isalnum() or each == "-" else f"\\{each}" for each in value)


def _consented(node: Consented) -> Q:
    """The newest word holds; of two at once, the refusal. See ConsentQuerySet.newest_first."""
    words = Consent.objects.filter(contact=OuterRef("contact_id"), channel=node.channel)
    if node.is_ == "unknown":
        return ~Q(Exists(words))
    is_given = node.is_ == "given"
    later = Consent.objects.filter(
        contact=OuterRef("contact_id"), channel=node.channel, is_given=not is_given
    )
    outweighing = {"happened_at__gte" if is_given else "happened_at__gt": OuterRef("happened_at")}
    return Q(Exists(words.filter(~Exists(later.filter(**outweighing)), is_given=is_given)))


def _bought(node: Bought, *, at: datetime) -> Q:
    """The ledger's index finds the orders of a product; the order's lines say whether it is still in them."""
    touched = SaleEntry.objects.filter(product=node.product).values("order_id")
    standing = OrderLine.objects.filter(order=OuterRef("pk"), product=node.product, quantity__gt=0)
    orders = Order.objects.filter(
        Exists(standing), contact=OuterRef("contact_id"), is_counted=True, is_test=False, gone_at=None,
        pk__in=touched,
    )  # fmt: skip
    if node.days is not None:
        orders = orders.filter(ordered_at__gte=at - timedelta(days=node.days))
    bought = Q(Exists(orders))
    return ~bought if node.is_ in ("not_within_days", "never") else bought


_READERS: Mapping[type[Leaf], Callable[[Any], Q]] = {
    Number: _number,
    Staged: _staged,
    Tagged: _tagged,
    Text: _text,
    Consented: _consented,
}
