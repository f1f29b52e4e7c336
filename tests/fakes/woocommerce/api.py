"""The REST API v3: what a request gets. Plain functions of the shop; ``server`` puts them on a socket."""

import re
from datetime import datetime

from tests.fakes.woocommerce import rows

MAX_PER_PAGE = 100
MANY_ORDERBY = {"date", "id", "include", "title", "slug", "modified"}
CUSTOMER_ORDERBY = {"id", "include", "name", "registered_date"}


class Refusal(Exception):
    def __init__(self, status, code, message=""):
        super().__init__(message)
        self.status = status
        self.body = {"code": code, "message": message, "data": {"status": status}}


def answer(shop, method, path, params, body):
    """(status, headers, JSON) for a path below /wp-json/wc/v3/."""
    if path == "data/currencies/current":
        return 200, {}, {"code": shop.currency, "name": "Euro", "symbol": "&euro;"}
    if match := re.fullmatch(r"orders/(\d+)/refunds", path):
        return _paged(shop.refunds.get(int(match[1]), []), params)
    if match := re.fullmatch(r"webhooks(?:/(\d+))?", path):
        return _webhooks(shop, method, match[1], params, body)
    if match := re.fullmatch(r"(order|customer|product)s(?:/(\d+))?", path):
        if match[2]:
            return _one(shop, method, match[1], int(match[2]), params, body)
        if method == "GET":
            return _many(shop, match[1], params)
    raise Refusal(404, "rest_no_route", "No route was found matching the URL and request method.")


def _one(shop, method, resource, row_id, params, body):
    row = shop.payload(resource, row_id)
    if "code" in row:
        raise Refusal(404, row["code"], row["message"])
    if method == "DELETE" and resource == "order":
        if params.get("force") == "true":
            shop.force_delete_order(row_id)
        else:
            shop.trash_order(row_id)
    elif method == "PUT" and resource == "order":
        shop.edit_order(row_id, **body)
        row = shop.payload(resource, row_id)
    return 200, {}, row


def _many(shop, resource, params):
    if resource == "customer":
        return _customers(shop, params)
    orderby = _checked(params, "orderby", MANY_ORDERBY, "date")
    found = list({"order": shop.orders, "product": shop.products}[resource].values())
    status = params.get("status", "any")
    if status == "any":
        # "any" is all but the trash.
        found = [row for row in found if row["status"] != "trash"]
    else:
        found = [row for row in found if row["status"] in status.split(",")]
    for name, field in (("after", "date_created"), ("modified_after", "date_modified")):
        if name in params:
            found = [row for row in found if _is_after(row, field, params[name], params)]
    sort = {"date": "date_created_gmt", "modified": "date_modified_gmt"}.get(orderby, "id")
    found.sort(key=lambda row: (row[sort], row["id"]), reverse=params.get("order", "desc") == "desc")
    return _paged(found, params)


def _customers(shop, params):
    """modified_after is ignored without a word, and nobody can sort by the time of change."""
    _checked(params, "orderby", CUSTOMER_ORDERBY, "name")
    role = params.get("role", "customer")
    found = [row for row in shop.customers.values() if role in ("all", row["role"])]
    found.sort(key=lambda row: row["id"], reverse=params.get("order", "asc") == "desc")
    return _paged(found, params)


def _is_after(row, field, value, params):
    """Strictly later, in whole seconds; site-local time unless told otherwise; Z finds nothing."""
    is_gmt = params.get("dates_are_gmt") == "true"
    if is_gmt and value.endswith("Z"):
        return False
    given = datetime.fromisoformat(value.rstrip("Z")).replace(tzinfo=None, microsecond=0)
    return datetime.fromisoformat(row[f"{field}_gmt" if is_gmt else field]) > given


def _paged(found, params):
    size = int(params.get("per_page", "10"))
    page = int(params.get("page", "1"))
    if not 1 <= size <= MAX_PER_PAGE:
        raise Refusal(400, "rest_invalid_param", "Invalid parameter(s): per_page")
    offset = int(params["offset"]) if "offset" in params else (page - 1) * size
    pages = -(-len(found) // size)
    headers = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(pages)}
    if page < pages:
        # The link repeats the whole query, used nonce and signature and all.
        query = "&".join(f"{name}={value}" for name, value in (params | {"page": page + 1}).items())
        headers["Link"] = f'<http://shop/?{query}>; rel="next"'
    return 200, headers, found[offset : offset + size]


def _webhooks(shop, method, hook_id, params, body):
    hooks = shop.webhooks.hooks
    if method == "POST" and hook_id is None:
        made = shop.webhooks.create(
            topic=body["topic"], delivery_url=body["delivery_url"], secret=body["secret"], name=body["name"]
        )
        return 201, {}, _shown(hooks[made])
    if hook_id is None:
        return _paged([_shown(hook) for hook in hooks.values()], params)
    hook = hooks.get(int(hook_id))
    if hook is None:
        raise Refusal(404, "woocommerce_rest_shop_webhook_invalid_id", "Invalid ID.")
    if method == "PUT":
        hook |= {name: body[name] for name in ("status", "secret", "delivery_url") if name in body}
        hook["failures"] = 0
    elif method == "DELETE":
        del hooks[int(hook_id)]
    return 200, {}, _shown(hook)


def _shown(hook):
    """The secret can be written, never read."""
    return {name: value for name, value in hook.items() if name not in ("secret", "failures")}


def _checked(params, name, allowed, default):
    value = params.get(name, default)
    if value not in allowed:
        raise Refusal(400, "rest_invalid_param", f"Invalid parameter(s): {name}")
    return value


def encoded(value):
    return rows.php_json(value)
