"""Objects as Stripe answers them, with every field that its library promises."""


def customer(*, row_id, params, at):
    return {
        "id": row_id, "object": "customer", "address": None, "balance": 0, "created": at, "currency": None,
        "customer_account": None, "default_source": None, "delinquent": False, "description": None,
        "discount": None, "email": params.get("email"), "invoice_prefix": "FAKE0001",
        "invoice_settings": {
            "custom_fields": None, "default_payment_method": None, "footer": None, "rendering_options": None,
        },
        "livemode": False, "metadata": params.get("metadata", {}), "name": params.get("name"),
        "next_invoice_sequence": 1, "phone": None, "preferred_locales": [], "shipping": None,
        "tax_exempt": "none", "test_clock": None,
    }  # fmt: skip


def product(*, row_id, name, at):
    return {
        "id": row_id, "object": "product", "active": True, "created": at, "default_price": None,
        "description": None, "images": [], "livemode": False, "marketing_features": [], "metadata": {},
        "name": name, "package_dimensions": None, "shippable": None, "statement_descriptor": None,
        "tax_code": None, "type": "service", "unit_label": None, "updated": at, "url": None,
    }  # fmt: skip


def price(*, row_id, product_id, lookup_key, amount, currency, at):
    return {
        "id": row_id, "object": "price", "active": True, "billing_scheme": "per_unit", "created": at,
        "currency": currency, "custom_unit_amount": None, "livemode": False, "lookup_key": lookup_key,
        "metadata": {}, "nickname": None, "product": product_id,
        "recurring": {
            "interval": "month", "interval_count": 1, "meter": None, "trial_period_days": None,
            "usage_type": "licensed",
        },
        "tax_behavior": "unspecified", "tiers_mode": None, "transform_quantity": None, "type": "recurring",
        "unit_amount": amount, "unit_amount_decimal": str(amount),
    }  # fmt: skip


def session(*, row_id, params, url, amount, currency, at):
    return {
        "id": row_id, "object": "checkout.session", "amount_subtotal": amount, "amount_total": amount,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "cancel_url": params.get("cancel_url"), "client_reference_id": params.get("client_reference_id"),
        "client_secret": None, "created": at, "currency": currency, "custom_fields": [],
        "custom_text": {
            "after_submit": None, "shipping_address": None, "submit": None,
            "terms_of_service_acceptance": None,
        },
        "shipping_options": [], "customer": params.get("customer"),
        "customer_details": None, "customer_email": None, "expires_at": at + 24 * 3600, "invoice": None,
        "livemode": False, "locale": None, "metadata": params.get("metadata", {}), "mode": params["mode"],
        "payment_intent": None, "payment_link": None, "payment_method_collection": "always",
        "payment_method_types": ["card"], "payment_status": "unpaid", "setup_intent": None,
        "status": "open", "submit_type": None, "subscription": None, "success_url": params.get("success_url"),
        "ui_mode": "hosted_page", "url": url,
    }  # fmt: skip


def portal(*, row_id, customer_id, return_url, url, at):
    return {
        "id": row_id, "object": "billing_portal.session", "configuration": "bpc_fake0001", "created": at,
        "customer": customer_id, "customer_account": None, "flow": None, "livemode": False, "locale": None,
        "on_behalf_of": None, "return_url": return_url, "url": url,
    }  # fmt: skip


def subscription(*, row_id, item_id, customer_id, price_row, metadata, trial_end, period, at):
    start, end = period
    item = {
        "id": item_id, "object": "subscription_item", "billing_thresholds": None, "created": at,
        "current_period_start": start, "current_period_end": end, "discounts": [], "metadata": {},
        "price": price_row, "quantity": 1, "subscription": row_id, "tax_rates": [],
    }  # fmt: skip
    return {
        "id": row_id, "object": "subscription", "application": None, "application_fee_percent": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": start, "billing_cycle_anchor_config": None,
        "billing_mode": {"type": "flexible"}, "billing_schedules": [], "billing_thresholds": None,
        "cancel_at": None,
        "cancel_at_period_end": False, "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically", "created": at, "currency": price_row["currency"],
        "customer": customer_id, "customer_account": None, "days_until_due": None,
        "default_payment_method": None, "default_source": None, "default_tax_rates": [], "description": None,
        "discounts": [], "ended_at": None, "invoice_settings": {
            "account_tax_ids": None, "custom_fields": None, "description": None, "footer": None,
            "issuer": {"type": "self"},
        },
        "items": {
            "object": "list", "data": [item], "has_more": False,
            "url": f"/v1/subscription_items?subscription={row_id}",
        },
        "latest_invoice": None, "livemode": False, "metadata": metadata,
        "next_pending_invoice_item_invoice": None, "on_behalf_of": None, "pause_collection": None,
        "payment_settings": None, "pending_invoice_item_interval": None, "pending_setup_intent": None,
        "pending_update": None, "schedule": None, "start_date": at,
        "status": "trialing" if trial_end else "incomplete", "test_clock": None, "transfer_data": None,
        "trial_end": trial_end,
        "trial_settings": {"end_behavior": {"missing_payment_method": "cancel"}},
        "trial_start": at if trial_end else None,
    }  # fmt: skip


def invoice(*, row_id, number, subscription_row, reason, at):
    item = subscription_row["items"]["data"][0]
    amount = item["price"]["unit_amount"] * item["quantity"]
    return {
        "id": row_id, "object": "invoice", "account_country": "DE", "account_name": "Fake",
        "account_tax_ids": None, "amount_due": amount, "amount_overpaid": 0, "amount_paid": 0,
        "amount_remaining": amount, "amount_shipping": 0, "application": None, "attempt_count": 0,
        "attempted": False, "auto_advance": True,
        "automatic_tax": {
            "disabled_reason": None, "enabled": False, "liability": None, "provider": None, "status": None,
        },
        "automatically_finalizes_at": None, "billing_reason": reason,
        "collection_method": "charge_automatically", "created": at,
        "currency": subscription_row["currency"], "custom_fields": None,
        "customer": subscription_row["customer"], "customer_account": None, "customer_address": None,
        "customer_email": None, "customer_name": None, "customer_phone": None, "customer_shipping": None,
        "customer_tax_exempt": "none", "customer_tax_ids": [], "default_payment_method": None,
        "default_source": None, "default_tax_rates": [], "description": None, "discounts": [],
        "due_date": None, "effective_at": at, "ending_balance": 0, "footer": None, "from_invoice": None,
        "hosted_invoice_url": None, "invoice_pdf": None, "issuer": {"type": "self"},
        "last_finalization_error": None, "latest_revision": None,
        "lines": {"object": "list", "data": [], "has_more": False, "url": f"/v1/invoices/{row_id}/lines"},
        "livemode": False, "metadata": {}, "next_payment_attempt": None, "number": number,
        "on_behalf_of": None,
        "parent": {
            "type": "subscription_details", "quote_details": None,
            "subscription_details": {"metadata": {}, "subscription": subscription_row["id"]},
        },
        "payment_settings": {
            "default_mandate": None, "payment_method_options": None, "payment_method_types": None,
        },
        "payments": {"object": "list", "data": [], "has_more": False, "url": "/v1/invoice_payments"},
        "period_end": at, "period_start": at, "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0, "receipt_number": None, "rendering": None,
        "shipping_cost": None, "shipping_details": None, "starting_balance": 0,
        "statement_descriptor": None, "status": "open",
        "status_transitions": {
            "finalized_at": at, "marked_uncollectible_at": None, "paid_at": None, "voided_at": None,
        },
        "subtotal": amount, "subtotal_excluding_tax": amount, "test_clock": None, "total": amount,
        "total_discount_amounts": [], "total_excluding_tax": amount, "total_pretax_credit_amounts": [],
        "total_taxes": [], "webhooks_delivered_at": None,
    }  # fmt: skip


def credit_note(*, row_id, invoice_row, amount, reason, refund, balance, at):
    refunds = [{"refund": refund[0], "amount_refunded": refund[1], "payment_record_refund": None,
                "type": "refund"}] if refund else []  # fmt: skip
    return {
        "id": row_id, "object": "credit_note", "amount": amount, "amount_shipping": 0, "created": at,
        "currency": invoice_row["currency"], "customer": invoice_row["customer"], "customer_account": None,
        "customer_balance_transaction": balance, "discount_amount": 0, "discount_amounts": [],
        "effective_at": at, "invoice": invoice_row["id"],
        "lines": {"object": "list", "data": [], "has_more": False, "url": f"/v1/credit_notes/{row_id}/lines"},
        "livemode": False, "memo": None, "metadata": {}, "number": f"{invoice_row['number']}-CN-01",
        "out_of_band_amount": None, "pdf": "https://pay.stripe.com/credit_notes/fake.pdf",
        "post_payment_amount": amount, "pre_payment_amount": 0, "pretax_credit_amounts": [],
        "reason": reason, "refunds": refunds, "shipping_cost": None, "status": "issued", "subtotal": amount,
        "subtotal_excluding_tax": amount, "total": amount, "total_excluding_tax": amount, "total_taxes": [],
        "type": "post_payment", "voided_at": None,
    }  # fmt: skip


def test_clock(*, row_id, frozen_time, name, at):
    return {
        "id": row_id, "object": "test_helpers.test_clock", "created": at, "deletes_after": at + 30 * 86400,
        "frozen_time": frozen_time, "livemode": False, "name": name, "status": "ready",
        "status_details": {},
    }  # fmt: skip


def event(*, row_id, kind, told, at):
    return {
        "id": row_id, "object": "event", "api_version": "2026-10-28.endive", "created": at,
        "data": {"object": told}, "livemode": False, "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None}, "type": kind,
    }  # fmt: skip


def thin(event_row):
    told = event_row["data"]["object"]
    folder = {
        "customer": "customers", "subscription": "subscriptions", "invoice": "invoices",
        "checkout.session": "checkout/sessions", "credit_note": "credit_notes",
    }[told["object"]]  # fmt: skip
    return {
        "id": event_row["id"], "object": "v2.core.event", "type": f"v1.{event_row['type']}",
        "created": "2026-11-02T09:00:00.000Z", "livemode": event_row["livemode"], "context": None,
        "reason": None,
        "related_object": {"id": told["id"], "type": told["object"], "url": f"/v1/{folder}/{told['id']}"},
    }  # fmt: skip
