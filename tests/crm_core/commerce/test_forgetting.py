from datetime import timedelta

import pytest

from regulars.crm_core.commerce import forgetting
from regulars.crm_core.commerce.models import Order
from regulars.crm_core.customers import contacts
from tests.crm_core.commerce.taking import booked, take
from tests.factories.commerce import NOON, buyer, changed, order, refund

LATER = NOON + timedelta(hours=1)
pytestmark = pytest.mark.usefixtures("tenant")


class TestErasure:
    def test_redacts_the_order_and_a_guest_with_no_other(self):
        told = order()
        contact = take(told).order.contact

        take(changed(told, at=LATER, customer=buyer("deleted@site.invalid", is_erased=True)), at=LATER)

        row = Order.objects.get()
        contact.refresh_from_db()
        assert (row.email, row.buyer_name) == (f"erased-{row.pk.hex}@erased.invalid", "")
        assert (row.contact, contact.name) == (contact, "")
        assert contact.redacted_at == LATER
        assert booked() == 10

    def test_leaves_a_regular_customer_whose_old_order_was_blanked(self):
        told = order()
        contact = take(told).order.contact
        take(order())

        take(changed(told, at=LATER, customer=buyer("deleted@site.invalid", is_erased=True)), at=LATER)

        contact.refresh_from_db()
        assert (contact.redacted_at, contact.name) == (None, "Ana Ray")

    def test_reaches_all_orders_of_a_redacted_contact(self):
        row = take(order(refunds=(refund("1", reason="Ana said so"),))).order
        contacts.redact(contact=row.contact_id, at=LATER)

        assert forgetting.redact_orders(contact=row.contact_id) == 1
        assert forgetting.redact_orders(contact=row.contact_id) == 0

        row.refresh_from_db()
        assert (row.email, row.buyer_name) == (f"erased-{row.pk.hex}@erased.invalid", "")
        assert row.refunds.get().reason == ""

    def test_touches_nobody_who_is_not_redacted(self):
        row = take(order()).order

        assert forgetting.redact_orders(contact=row.contact_id) == 0
