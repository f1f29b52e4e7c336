"""Bodies as WooCommerce writes them, made from the recorded ones, with PHP's arithmetic and JSON."""

import copy
import json
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

RECORDED = Path(__file__).parents[2] / "fixtures" / "shops" / "woocommerce"
TAX_RATE = Decimal("0.19")
SITE_AHEAD_OF_UTC = timedelta(hours=8)  # measured with the site in Asia/Shanghai
ADDRESS = {"first_name": "", "last_name": "", "company": "", "address_1": "", "address_2": "", "city": "",
           "state": "", "postcode": "", "country": "", "email": "", "phone": ""}  # fmt: skip


def recorded(name):
    capture = json.loads((RECORDED / f"{name}.json").read_text())
    return json.loads(capture["raw_body"])


def php_json(value):
    """PHP's json_encode: no spaces, \\u escapes, slashes escaped."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode()


def cents(value):
    """Two decimals whatever the currency is (measured: "25.00" for yen, too)."""
    return str(Decimal(value).quantize(Decimal("0.01"), ROUND_HALF_UP))


def tax_on(value):
    return Decimal(cents(Decimal(value) * TAX_RATE))


def stamp(row, name, moment):
    """The plain field is site-local, the ``_gmt`` one UTC; neither says so (measured)."""
    row[f"{name}_gmt"] = moment.replace(tzinfo=None).isoformat()
    row[name] = (moment.replace(tzinfo=None) + SITE_AHEAD_OF_UTC).isoformat()


def customer(*, row_id, email, first_name, last_name, role, at):
    row = copy.deepcopy(recorded("customer.created.2"))
    row |= {"id": row_id, "email": email, "first_name": first_name, "last_name": last_name, "role": role}
    row |= {"username": email.partition("@")[0]}
    row["billing"] |= {"first_name": first_name, "last_name": last_name, "email": email}
    stamp(row, "date_created", at)
    stamp(row, "date_modified", at)
    return row


def product(*, row_id, name, price, sku, cost, at):
    row = copy.deepcopy(recorded("product.created.2"))
    row |= {"id": row_id, "name": name, "sku": sku, "price": cents(price), "regular_price": cents(price)}
    if cost is not None:
        row["meta_data"] = [{"id": row_id * 10, "key": "_wc_cog_cost", "value": cost}]
    stamp(row, "date_created", at)
    stamp(row, "date_modified", at)
    return row


def order(*, row_id, lines, status, customer_id, billing, shipping, fee, discount, currency, at):
    """``lines``: (product row, quantity) pairs; prices without tax, the discount spread over the lines."""
    template = copy.deepcopy(recorded("order.created.2"))
    line_template = template["line_items"][0] | {"meta_data": []}
    before = [Decimal(item["price"]) * quantity for item, quantity in lines]
    off = _spread(Decimal(discount), before)
    template["line_items"] = [
        _line(line_template, row_id * 100 + place, item, quantity, before[place], off[place])
        for place, (item, quantity) in enumerate(lines)
    ]
    shipping_tax = tax_on(shipping)
    template["shipping_lines"][0] |= {"total": cents(shipping), "total_tax": cents(shipping_tax)}
    template["shipping_lines"] = template["shipping_lines"] if Decimal(shipping) else []
    fee_tax = tax_on(fee)
    fee_line = {
        "id": row_id * 100 + 90,
        "name": "Gift wrap",
        "total": cents(fee),
        "total_tax": cents(fee_tax),
    }
    template["fee_lines"] = [fee_line] if Decimal(fee) else []
    cart_tax = sum(Decimal(line["total_tax"]) for line in template["line_items"]) + fee_tax
    items = sum(Decimal(line["total"]) for line in template["line_items"])
    template |= {
        "id": row_id, "number": str(row_id), "status": status, "currency": currency, "refunds": [],
        "customer_id": customer_id, "billing": ADDRESS | billing, "discount_total": cents(discount),
        "discount_tax": cents(tax_on(discount)), "shipping_total": cents(shipping),
        "shipping_tax": cents(shipping_tax), "cart_tax": cents(cart_tax),
        "total_tax": cents(cart_tax + shipping_tax),
        "total": cents(items + Decimal(shipping) + Decimal(fee) + cart_tax + shipping_tax),
    }  # fmt: skip
    for name in ("date_created", "date_modified", "date_paid"):
        stamp(template, name, at)
    return template


def refund(*, row_id, amount, tax, reason, at):
    """As in the list of refunds: positive, with a time; on its order negative, without one (measured)."""
    row = {"id": row_id, "amount": cents(amount), "reason": reason, "refunded_by": 1}
    row["total_tax"] = cents(tax)
    stamp(row, "date_created", at)
    return row


def refund_on_order(row):
    on_order = {"id": row["id"], "reason": row["reason"], "total": f"-{row['amount']}"}
    return on_order | {"total_tax": f"-{row['total_tax']}"}


def _line(template, line_id, item, quantity, before, off):
    total = before - off
    line = copy.deepcopy(template)
    line |= {"id": line_id, "name": item["name"], "product_id": item["id"], "quantity": quantity}
    line |= {"sku": item["sku"], "subtotal": cents(before), "subtotal_tax": cents(tax_on(before))}
    line |= {"total": cents(total), "total_tax": cents(tax_on(total)), "price": float(total / quantity)}
    return line


def _spread(discount, shares):
    whole = sum(shares)
    off = [Decimal(cents(discount * share / whole)) for share in shares]
    off[-1] += discount - sum(off)
    return off
