"""The two pages that Stripe hosts, as plain as they can be: Checkout, and the customer portal."""

from html import escape

from tests.fakes.stripe.account import NotFound

FRAME = """<!doctype html><meta charset="utf-8"><title>{title}</title><h1>{title}</h1><p>{words}</p>
<form method="post">{buttons}</form>"""


def answer(account, method, path, form):
    """(status, headers, page) of ``/pay/<session>`` and ``/portal/<session>``."""
    _, noun, row_id = (path.split("/") + ["", ""])[:3]
    try:
        if noun == "pay":
            return _checkout(account, method, row_id, form.get("do", ""))
        if noun == "portal":
            return _portal(account, method, row_id, form.get("do", ""))
    except NotFound:
        pass
    return 404, {}, "Nothing is here."


def _checkout(account, method, row_id, wish):
    session = account.found("sessions", row_id)
    if method == "POST" and wish == "back":
        return _to(session["cancel_url"])
    if method == "POST":
        account.complete(row_id, card_pays=wish == "pay")
    if session["status"] == "complete":
        return _to(session["success_url"])
    if session["status"] == "expired":
        return _page("Checkout", "This page has expired.", ["back"])
    words = f"{session['amount_total'] / 100:.2f} {session['currency']}"
    words += ". The card was declined." if wish == "decline" else ""
    return _page("Checkout", words, ["pay", "decline", "back"])


def _portal(account, method, row_id, wish):
    portal = account.found("portals", row_id)
    if method == "POST" and wish in {"new card", "card that fails"}:
        account.change_card(portal["customer"], card_pays=wish == "new card")
    if method == "POST" and wish == "cancel":
        for row in list(account.subscriptions.values()):
            if row["customer"] == portal["customer"] and row["status"] != "canceled":
                account.cancel(row["id"])
    if method == "POST":
        return _to(portal["return_url"])
    return _page("Portal", portal["customer"], ["new card", "card that fails", "cancel", "back"])


def _to(url):
    return 303, {"Location": url}, ""


def _page(title, words, wishes):
    buttons = "".join(f'<button name="do" value="{escape(wish)}">{escape(wish)}</button>' for wish in wishes)
    return 200, {}, FRAME.format(title=title, words=escape(words), buttons=buttons)
