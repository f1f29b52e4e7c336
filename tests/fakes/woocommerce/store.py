"""What the shop holds, what happens in it, and which events it sends or forgets to send."""

import copy
import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from tests.fakes.woocommerce import rows
from tests.fakes.woocommerce.webhooks import Webhooks

NOW = datetime(2026, 11, 22, 5, 18, 46, tzinfo=UTC)


class Shop:
    """Time stands still but for ``tick``, so that every answer can be foreseen."""

    def __init__(self, *, currency="EUR", now=NOW):
        self.currency = currency
        self.name = "Tea &amp; Tins"
        self.now = now
        self.orders, self.customers, self.products, self.refunds = {}, {}, {}, {}
        self.post_ids = itertools.count(10)  # products, orders and refunds count together
        self.customer_ids = itertools.count(2)  # the administrator is 1
        self.webhooks = Webhooks(self)

    def tick(self, seconds=1):
        self.now += timedelta(seconds=seconds)

    def run_queue(self):
        return self.webhooks.run_queue()

    # Changes

    def add_customer(self, email, first_name="Ana", last_name="Müller", role="customer"):
        row = rows.customer(
            row_id=next(self.customer_ids), email=email, first_name=first_name, last_name=last_name,
            role=role, at=self.now,
        )  # fmt: skip
        self.customers[row["id"]] = row
        self.webhooks.queue("customer.created", row["id"])
        return row["id"]

    def edit_customer(self, customer_id, **fields):
        self.customers[customer_id] |= fields
        self._touch(self.customers[customer_id])
        self.webhooks.queue("customer.updated", customer_id)

    def delete_customer(self, customer_id):
        """Their orders become a guest's and count as modified, but no order.updated is sent (measured)."""
        del self.customers[customer_id]
        for order in self.orders.values():
            if order["customer_id"] == customer_id:
                order["customer_id"] = 0
                self._touch(order)
        self.webhooks.queue("customer.deleted", customer_id)

    def add_product(self, name="Tea tin", price="12.50", sku="TEA-1", cost=None):
        row = rows.product(
            row_id=next(self.post_ids), name=name, price=price, sku=sku, cost=cost, at=self.now
        )
        self.products[row["id"]] = row
        self.webhooks.queue("product.created", row["id"])
        return row["id"]

    def place_order(
        self, lines, *, customer_id=0, billing=None, status="processing", shipping="0", fee="0", discount="0",
        currency=None,
    ):  # fmt: skip
        """``lines``: (product id, quantity) pairs."""
        row = rows.order(
            row_id=next(self.post_ids), lines=[(self.products[item], count) for item, count in lines],
            status=status, customer_id=customer_id, billing=billing or {}, shipping=shipping, fee=fee,
            discount=discount, currency=currency or self.currency, at=self.now,
        )  # fmt: skip
        self.orders[row["id"]] = row
        self.webhooks.queue("order.created", row["id"])
        return row["id"]

    def edit_order(self, order_id, **fields):
        self.orders[order_id] |= fields
        self._touch(self.orders[order_id])
        self.webhooks.queue("order.updated", order_id)

    def refund(self, order_id, amount, *, tax="0", reason=""):
        row = rows.refund(
            row_id=next(self.post_ids), amount=Decimal(amount), tax=Decimal(tax), reason=reason, at=self.now
        )
        self.refunds.setdefault(order_id, []).append(row)
        self.orders[order_id]["refunds"].append(rows.refund_on_order(row))
        self.edit_order(order_id)
        return row["id"]

    def delete_refund(self, order_id, refund_id):
        """No webhook speaks of it (measured)."""
        self.refunds[order_id] = [row for row in self.refunds[order_id] if row["id"] != refund_id]
        order = self.orders[order_id]
        order["refunds"] = [row for row in order["refunds"] if row["id"] != refund_id]
        self._touch(order)

    def trash_order(self, order_id):
        self.orders[order_id]["status"] = "trash"
        self._touch(self.orders[order_id])
        self.webhooks.queue("order.deleted", order_id)

    def restore_order(self, order_id, status="processing"):
        self.orders[order_id]["status"] = status
        self._touch(self.orders[order_id])
        self.webhooks.queue("order.restored", order_id)

    def force_delete_order(self, order_id):
        """Sends no order.deleted; what was still in the queue goes out as an error object (measured)."""
        del self.orders[order_id]

    def erase_buyer(self, order_id):
        """WordPress' eraser of personal data: everybody becomes the same nobody (measured)."""
        nobody = {"first_name": "[deleted]", "last_name": "[deleted]", "email": "deleted@site.invalid"}
        billing = dict.fromkeys(self.orders[order_id]["billing"], "[deleted]") | nobody
        self.edit_order(order_id, billing=billing | {"country": ""}, customer_id=0)

    # Bodies

    def payload(self, resource, row_id):
        """The row as it is now, not as it was when the event happened (measured)."""
        table = {"order": self.orders, "customer": self.customers, "product": self.products}[resource]
        if row_id in table:
            return copy.deepcopy(table[row_id])
        code = {"order": "shop_order_", "product": "product_", "customer": ""}[resource]
        error = {"code": f"woocommerce_rest_{code}invalid_id", "message": "Invalid ID."}
        return error | {"data": {"status": 404}}

    def _touch(self, row):
        rows.stamp(row, "date_modified", self.now)
