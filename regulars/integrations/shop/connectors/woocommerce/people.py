"""Customers: registered ones, and buyers as they stand on an order."""

from collections.abc import Mapping
from typing import Any

from regulars.crm_core.commerce.canonical import TakenCustomer
from regulars.integrations.shop.connector import Payload, text
from regulars.integrations.shop.connectors.woocommerce import values

# WordPress' eraser writes the same for everybody, so it must never join two people (measured).
ERASED_EMAIL = "deleted@site.invalid"
ERASED_NAME = "[deleted]"
LONGEST_EMAIL = 254
LONGEST_NAME = 120
LONGEST_PHONE = 40
COUNTRY_LETTERS = 2


def customer(payload: Payload) -> TakenCustomer:
    """A registered customer. Raises Unreadable."""
    billing = payload.get("billing") or {}
    return _person(
        billing,
        external_id=values.row_id(payload.get("id")),
        email=payload.get("email") or billing.get("email"),
        first_name=payload.get("first_name") or billing.get("first_name"),
        last_name=payload.get("last_name") or billing.get("last_name"),
        times={
            "created_at": values.moment(payload, "date_created_gmt"),
            "changed_at": values.moment(payload, "date_modified_gmt"),
        },
    )


def buyer(payload: Payload) -> TakenCustomer | None:
    """Who bought: the account, if any (a guest's customer_id is 0), and what was typed in.

    None when the order names nobody. A guest's order stays a guest's, also after that address registers.
    """
    billing = payload.get("billing") or {}
    found = _person(
        billing,
        external_id=values.optional_id(payload.get("customer_id")),
        email=billing.get("email"),
        first_name=billing.get("first_name"),
        last_name=billing.get("last_name"),
        times={
            "changed_at": values.moment(payload, "date_created_gmt")
        },  # typed in then, whatever changed since
    )
    known = (found.external_id, found.email, found.first_name, found.last_name, found.phone, found.company)
    return found if any(known) or found.is_erased else None


def _person(
    billing: Mapping[str, Any],
    *,
    external_id: str,
    email: object,
    first_name: object,
    last_name: object,
    times: Mapping[str, Any],
) -> TakenCustomer:
    address = text(email, longest=LONGEST_EMAIL)
    if address.lower() == ERASED_EMAIL or ERASED_NAME in (first_name, last_name):
        return TakenCustomer(external_id=external_id, is_erased=True, **times)
    country = text(billing.get("country"), longest=LONGEST_NAME).upper()
    return TakenCustomer(
        external_id=external_id,
        email=address,
        first_name=text(first_name, longest=LONGEST_NAME),
        last_name=text(last_name, longest=LONGEST_NAME),
        phone=text(billing.get("phone"), longest=LONGEST_PHONE),
        company=text(billing.get("company"), longest=LONGEST_NAME),
        city=text(billing.get("city"), longest=LONGEST_NAME),
        region=text(billing.get("state"), longest=LONGEST_NAME),
        country_code=country if len(country) == COUNTRY_LETTERS else "",
        **times,
    )
