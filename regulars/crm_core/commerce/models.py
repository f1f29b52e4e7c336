"""What was sold: products, orders, their lines and refunds, and the ledger that every figure reads."""

from decimal import Decimal

from django.db import models
from django.db.models import Q

from regulars.crm_core.commerce.canonical import OrderKind, OrderStatus
from regulars.crm_core.customers.models import Contact
from regulars.platform import ids, money
from regulars.platform.privacy import Personal

KINDS = [(kind.value, kind.name.replace("_", " ").title()) for kind in OrderKind]
STATUSES = [(status.value, status.name.replace("_", " ").title()) for status in OrderStatus]


def amount_field(**options: object) -> "models.DecimalField[Decimal, Decimal]":
    options.setdefault("default", Decimal(0))
    return models.DecimalField(
        max_digits=money.MAX_DIGITS,
        decimal_places=money.DECIMAL_PLACES,
        **options,  # type: ignore[arg-type]
    )


def optional_amount_field() -> "models.DecimalField[Decimal | None, Decimal | None]":
    return models.DecimalField(
        max_digits=money.MAX_DIGITS, decimal_places=money.DECIMAL_PLACES, null=True, default=None
    )


class Product(models.Model):
    """Something a shop sells. ``unit_cost`` is what one piece costs the tenant; empty when unknown."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    connection_id = models.UUIDField(null=True)
    external_id = models.CharField(max_length=64)
    title = models.CharField(max_length=300)
    sku = models.CharField(max_length=120, blank=True)
    price = optional_amount_field()
    unit_cost = optional_amount_field()
    currency = models.CharField(max_length=3)
    is_published = models.BooleanField(default=True)
    source_updated_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)

    personal = {
        "external_id": Personal.NONE,
        "title": Personal.NONE,
        "sku": Personal.NONE,
        "currency": Personal.NONE,
    }

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "connection_id", "external_id", nulls_distinct=False, name="one_product_per_shop_id"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Order(models.Model):
    """An order as its shop last told it. Amounts are in ``currency``; sums over time come from SaleEntry."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    connection_id = models.UUIDField(null=True)
    import_id = models.UUIDField(null=True)
    external_id = models.CharField(max_length=64)
    number = models.CharField(max_length=64)
    # Not indexed alone, here and below where an index or a constraint of several columns begins with it.
    contact = models.ForeignKey(
        Contact, null=True, on_delete=models.PROTECT, related_name="orders", db_index=False
    )
    kind = models.CharField(max_length=12, choices=KINDS, default="sale")
    status = models.CharField(max_length=12, choices=STATUSES)
    shop_status = models.CharField(max_length=60, blank=True)
    is_counted = models.BooleanField(default=False)  # kind is sale, status counts, no test: see orders.py
    is_test = models.BooleanField(default=False)
    email = models.CharField(max_length=254, blank=True)
    buyer_name = models.CharField(max_length=250, blank=True)
    currency = models.CharField(max_length=3)
    shipping = amount_field()
    fees = amount_field()
    discount = amount_field()
    tax = amount_field()
    total = amount_field()
    refunded = amount_field()
    payment_method = models.CharField(max_length=120, blank=True)
    channel = models.CharField(max_length=60, blank=True)
    ordered_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)
    source_updated_at = models.DateTimeField(null=True)
    raw_hash = models.CharField(max_length=64, blank=True)
    origin = models.CharField(max_length=12)
    gone_at = models.DateTimeField(null=True)  # tombstone: the shop says it is no more
    taken_at = models.DateTimeField()

    personal = {
        "external_id": Personal.NONE,
        "number": Personal.NONE,
        "shop_status": Personal.NONE,
        "email": Personal.PSEUDONYM,
        "buyer_name": Personal.BLANK,
        "currency": Personal.NONE,
        "payment_method": Personal.NONE,
        "channel": Personal.NONE,
        "raw_hash": Personal.NONE,
        "origin": Personal.NONE,
    }

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "connection_id", "external_id", nulls_distinct=False, name="one_order_per_shop_id"
            ),
        ]
        indexes = [
            models.Index(fields=["-ordered_at", "-id"], name="orders_newest"),
            models.Index(fields=["contact", "-ordered_at", "-id"], name="orders_of_contact"),
            models.Index(fields=["number"], name="orders_by_number"),
            models.Index(fields=["-total", "-id"], name="orders_by_total"),
            models.Index(fields=["status", "-ordered_at", "-id"], name="orders_by_status"),
        ]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", db_index=False)
    # Products are never deleted, only marked gone: a check of each line would cost an import half its time.
    product = models.ForeignKey(
        Product,
        null=True,
        on_delete=models.PROTECT,
        related_name="lines",
        db_constraint=False,
        db_index=False,
    )
    position = models.PositiveIntegerField()
    external_id = models.CharField(max_length=64)
    variant_external_id = models.CharField(max_length=64, blank=True)
    title = models.CharField(max_length=300)
    sku = models.CharField(max_length=120, blank=True)
    quantity = amount_field()
    unit_price = amount_field()
    discount = amount_field()
    tax = amount_field()
    total = amount_field()
    unit_cost = optional_amount_field()

    personal = {
        "external_id": Personal.NONE,
        "variant_external_id": Personal.NONE,
        "title": Personal.NONE,
        "sku": Personal.NONE,
    }

    class Meta:
        constraints = [models.UniqueConstraint("order", "external_id", name="one_line_per_shop_id")]

    def __str__(self) -> str:
        return f"{self.quantity:g} {self.title}"


class Refund(models.Model):
    """Money given back on an order. ``removed_at``: the shop took the refund itself back."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="refunds", db_index=False)
    external_id = models.CharField(max_length=64)
    amount = amount_field()
    tax = amount_field()
    reason = models.CharField(max_length=300, blank=True)
    refunded_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    personal = {"external_id": Personal.NONE, "reason": Personal.BLANK}

    class Meta:
        constraints = [models.UniqueConstraint("order", "external_id", name="one_refund_per_shop_id")]

    def __str__(self) -> str:
        return f"{self.amount} on {self.order_id}"


class SaleEntry(models.Model):
    """One signed, dated amount of the ledger. Append-only: a change of mind is a further entry.

    ``key`` names what of its order the entry speaks of: ``line:<id>``, ``shipping``, ``fees``, ``tax``,
    ``rounding`` or ``refund:<id>``. The entries of a key add up to what stands. ``base_amount`` is in the
    tenant's currency at the rate frozen for the order; empty when no rate was known, and then never added
    to anything. ``cost`` is what the goods of the entry cost, in base currency, empty when unknown.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="entries", db_index=False)
    product = models.ForeignKey(
        Product, null=True, on_delete=models.PROTECT, related_name="entries", db_constraint=False
    )
    kind = models.CharField(
        max_length=8,
        choices={
            "item": "item", "shipping": "shipping", "fee": "fee", "tax": "tax",
            "rounding": "rounding", "refund": "refund",
        },
    )  # fmt: skip
    key = models.CharField(max_length=80)
    quantity = amount_field()
    amount = amount_field()
    currency = models.CharField(max_length=3)
    base_amount = optional_amount_field()
    cost = optional_amount_field()
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    personal = {"key": Personal.NONE, "currency": Personal.NONE}

    class Meta:
        indexes = [
            models.Index(fields=["order", "key"], name="entries_of_order"),
            models.Index(fields=["happened_at"], name="entries_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.amount} {self.currency}"


class ExchangeRate(models.Model):
    """What one unit of ``currency`` is worth in the tenant's from a day on; typed in by the owner."""

    currency = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=19, decimal_places=9)
    valid_from = models.DateField()

    personal = {"currency": Personal.NONE, "valid_from": Personal.NONE}

    class Meta:
        constraints = [
            models.UniqueConstraint("currency", "valid_from", name="one_rate_a_day"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="rate_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.rate}"


class ImportState(models.TextChoices):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Import(models.Model):
    """One run of a file of orders. A run is whole or not there at all."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    file_name = models.CharField(max_length=255)
    file_sha256 = models.CharField(max_length=64)
    mapping = models.CharField(max_length=60)
    state = models.CharField(max_length=8, choices=ImportState, default="running")
    rows_read = models.BigIntegerField(default=0)
    rows_expected = models.BigIntegerField(null=True)
    rows_rejected = models.BigIntegerField(default=0)
    totals = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    personal = {
        "file_name": Personal.NONE,
        "file_sha256": Personal.NONE,
        "mapping": Personal.NONE,
        "totals": Personal.NONE,
        "error": Personal.NONE,
    }

    def __str__(self) -> str:
        return self.file_name
