"""Paths to what the account holds, as Stripe's library calls them."""

import re
from datetime import timedelta

from tests.fakes.stripe import rows
from tests.fakes.stripe.account import NotFound, Refused

LISTS = {
    "customers": "customers", "products": "products", "prices": "prices",
    "subscriptions": "subscriptions", "invoices": "invoices", "checkout/sessions": "sessions",
    "credit_notes": "credit_notes",
}  # fmt: skip
DEFAULT_LIMIT = 10
INDEXED_AFTER = 60  # seconds: what was made just now is not found by a search
METADATA = re.compile(r"metadata\['(\w+)'\]:'([^']*)'")


def answer(account, method, path, params):
    """(status, headers, body)."""
    steps = path.removeprefix("/v1/").split("/")
    if steps[0] in ("checkout", "billing_portal", "test_helpers"):
        steps = ["/".join(steps[:2]), *steps[2:]]
    row_id, verb = (steps[1:] + [None, None])[:2]
    try:
        found = _routed(account, method, steps[0], row_id, verb, params)
    except NotFound as missing:
        return failed(404, "invalid_request_error", f"No such object: '{missing}'", code="resource_missing")
    except Refused as refused:
        return failed(400, "invalid_request_error", str(refused))
    except KeyError as missing:
        return failed(400, "invalid_request_error", f"Missing required param: {missing}")
    if found is None:
        return failed(404, "invalid_request_error", f"Unrecognized request URL ({method}: {path})")
    return 200, {}, found


def failed(status, kind, message, *, code=None, headers=None):
    error = {"type": kind, "message": message} | ({"code": code} if code else {})
    return status, headers or {}, {"error": error}


def _routed(account, method, noun, row_id, verb, params):
    if (method, noun, row_id) == ("GET", "customers", "search"):
        return _searched(account, params["query"])
    if noun == "events":
        return _page(list(reversed(account.events.all)), params, "/v1/events") if row_id is None else next(
            (event for event in account.events.all if event["id"] == row_id), None
        )  # fmt: skip
    if method == "GET" and row_id is None and noun in LISTS:
        return _listed(account, noun, params)
    handler = HANDLERS.get((method, noun, verb if row_id else "new"))
    if handler is not None:
        return handler(account, row_id, params)
    if method == "GET" and noun in LISTS:
        return account.found(LISTS[noun], row_id)
    return None


def _listed(account, noun, params):
    table = LISTS[noun]
    found = list(reversed(account.tables[table].values()))
    if customer := params.get("customer"):
        found = [row for row in found if row["customer"] == customer]
    if table == "credit_notes" and (invoice := params.get("invoice")):
        found = [row for row in found if row["invoice"] == invoice]
    if table == "invoices" and (subscription := params.get("subscription")):
        found = [
            row for row in found if row["parent"]["subscription_details"]["subscription"] == subscription
        ]
    if keys := params.get("lookup_keys"):
        found = [row for row in found if row["lookup_key"] in keys]
    if (status := params.get("status")) and status != "all":
        found = [row for row in found if row["status"] == status]
    elif table == "subscriptions" and not status:
        found = [row for row in found if row["status"] != "canceled"]
    return _page(found, params, f"/v1/{noun}")


def _searched(account, query):
    name, value = METADATA.fullmatch(query).groups()
    found = [
        row for row in reversed(account.customers.values())
        if row["metadata"].get(name) == value and row["created"] <= account.now - INDEXED_AFTER
    ]  # fmt: skip
    return {
        "object": "search_result", "data": found, "has_more": False, "next_page": None,
        "url": "/v1/customers/search",
    }  # fmt: skip


def _page(found, params, url):
    if after := params.get("starting_after"):
        place = next((at for at, row in enumerate(found) if row["id"] == after), len(found))
        found = found[place + 1 :]
    limit = int(params.get("limit", DEFAULT_LIMIT))
    return {"object": "list", "data": found[:limit], "has_more": len(found) > limit, "url": url}


def _new_price(account, _row_id, params):
    return account.add_price(params["lookup_key"], int(params["unit_amount"]), currency=params["currency"])


def _changed_customer(account, row_id, params):
    row = account.found("customers", row_id)
    row |= {name: value for name, value in params.items() if name in row}
    account.events.tell("customer.updated", row)
    return row


def _new_subscription(account, _row_id, params):
    price = account.found("prices", params["items"][0]["price"])
    days = params.get("trial_period_days")
    trial_end = account.now + int(days) * 86400 if days else None
    return account.subscribe(params["customer"], price, trial_end=trial_end, metadata=params.get("metadata"))


def _changed_subscription(account, row_id, params):
    row = account.found("subscriptions", row_id)
    if "cancel_at_period_end" in params:
        row["cancel_at_period_end"] = params["cancel_at_period_end"] == "true"
        account.events.tell("customer.subscription.updated", row)
    if items := params.get("items"):
        account.change_price(row_id, account.found("prices", items[0]["price"]))
    return row


def _paid(account, row_id, _params):
    row = account.found("invoices", row_id)
    account.try_to_pay(row)
    return row


def _new_clock(account, _row_id, params):
    row = rows.test_clock(
        row_id=account._id("clock"), frozen_time=int(params["frozen_time"]), name=params.get("name"),
        at=account.now,
    )  # fmt: skip
    account.clocks[row["id"]] = row
    return row


def _advanced(account, row_id, params):
    row = account.found("clocks", row_id)
    goal = int(params["frozen_time"])
    account.advance(seconds=max(0, timedelta(seconds=goal - account.now).total_seconds()))
    row["frozen_time"] = goal
    return row


HANDLERS = {
    ("POST", "customers", "new"): lambda account, _id, params: account.add_customer(params),
    ("POST", "customers", None): _changed_customer,
    ("POST", "prices", "new"): _new_price,
    ("POST", "checkout/sessions", "new"): lambda account, _id, params: account.start_checkout(params),
    ("POST", "checkout/sessions", "expire"): lambda account, row_id, _p: account.expire(row_id),
    ("POST", "billing_portal/sessions", "new"): lambda account, _id, params: account.open_portal(params),
    ("POST", "subscriptions", "new"): _new_subscription,
    ("POST", "subscriptions", None): _changed_subscription,
    ("DELETE", "subscriptions", None): lambda account, row_id, _p: account.cancel(row_id),
    ("POST", "invoices", "pay"): _paid,
    ("POST", "invoices", "void"): lambda account, row_id, _p: account.void(row_id),
    ("POST", "credit_notes", "new"): lambda account, _id, params: account.credit(params),
    ("POST", "test_helpers/test_clocks", "new"): _new_clock,
    ("GET", "test_helpers/test_clocks", None): lambda account, row_id, _p: account.found("clocks", row_id),
    ("POST", "test_helpers/test_clocks", "advance"): _advanced,
}
