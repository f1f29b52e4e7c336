"""A tenant with something in every corner."""

from regulars.crm_core.commerce import orders
from regulars.integrations.email import suppression
from regulars.integrations.shop import connections
from regulars.platform import tenancy
from regulars.tenants import keys
from tests.factories import campaigns
from tests.factories.commerce import NOON, buyer, order, source
from tests.factories.customers import contact, said


def furnish(tenant, *, word="canary"):
    """Fill a tenant's tables, and the shared ones as far as they are its own; ``word`` is in each of them."""
    with tenancy.opened(tenant.schema_name), tenancy.atomic():
        for number, text in enumerate((f"=cmd|'{word}'!A0", 'two\nlines\\ \tand "more"', "\N{SNOWMAN}")):
            said(contact(f"{word}{number}@example.com", first_name=text, last_name=""), yes=True)
        orders.take(order=order(customer=buyer(f"{word}0@example.com")), source=source(), at=NOON)
        suppression.add(email=f"{word}9@example.com", reason="complaint", at=NOON)
        campaigns.draft(f"{word} mail")
        shop = connections.connect(
            kind="push", url=f"https://{word}.example", signing_secret=f"whsec_{word}{word}", at=NOON
        )
        keys.make(name=f"{word} key", scopes=sorted(keys.READING), expires_at=None, at=NOON)
    return tenant, shop
