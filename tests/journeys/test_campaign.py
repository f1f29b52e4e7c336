"""From rules to inbox: a segment is built, a campaign written and sent, and one click ends it for good."""

import csv
import re
import urllib.request
from datetime import timedelta
from email import message_from_bytes, policy
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from playwright.sync_api import expect

from regulars.crm_core.commerce import orders
from regulars.crm_core.customers import consent
from regulars.crm_core.customers.models import Channel, Consent, Contact
from regulars.integrations.email import tasks
from regulars.integrations.email.models import Recipient
from regulars.platform import tenancy
from regulars.platform.facts import facts
from tests.factories import commerce, mails

# Whom the segment means, asked of the orders themselves instead of the metrics.
INDEPENDENT = """
    SELECT email, (
        SELECT is_given FROM customers_consent AS said WHERE said.contact_id = once.contact_id
        ORDER BY happened_at DESC LIMIT 1
    ) FROM (
        SELECT contact_id FROM commerce_order WHERE is_counted AND contact_id IS NOT NULL
        GROUP BY contact_id HAVING count(*) = 1 AND max(ordered_at) < %s
    ) AS once JOIN customers_contact ON id = contact_id
"""
ONCE = ["ana", "bea", "cem", "dee", "eva"]  # bought once, long ago; dee said no, eva nothing
EXCERPT = Path(__file__).parents[1] / "fixtures" / "imports" / "online_retail_excerpt.csv"
LEFT_OUT = re.compile("Do not want e-mail|No consent to marketing e-mail")
SCANNER = {"User-Agent": "Mozilla/5.0 (compatible; SafeLinks scanner)"}


@pytest.fixture(params=["sold", "imported"])
def tenant(request, shop_owner, tmp_path):
    """A shop with a verified sender and customers of every kind: of made-up orders, or of real ones."""
    now, schema = timezone.now(), shop_owner.tenant.schema_name
    with tenancy.opened(schema):
        mails.sender(at=now)
    if request.param == "sold":
        with tenancy.opened(schema):
            _sell(at=now)
    else:
        _import(shop_owner.tenant.slug, tmp_path)
    _work(schema)
    return schema


def _sell(*, at):
    days = [*((name, 90) for name in ONCE), ("fay", 90), ("fay", 200), ("gil", 5)]
    told = [_told(name, ago, at=at) for name, ago in days]
    orders.take_many(orders=told, source=commerce.source(origin="backfill"), at=at)
    for contact in Contact.objects.exclude(email="eva@example.com"):
        is_given = contact.email != "dee@example.com"
        consent.say(
            contact=contact.pk, channel=Channel.EMAIL, is_given=is_given, ground="form at the till", at=at
        )


def _import(slug, folder):
    """The real orders know their customers by number alone: a second file gives them made-up addresses."""
    call_command("import_orders", str(EXCERPT), tenant=slug, mapping="online_retail", stdout=StringIO())
    rows = csv.DictReader(EXCERPT.read_text().splitlines())
    numbers = sorted({row["CustomerID"] for row in rows} - {""}, key=float)
    said = ["yes", "", "no"]
    lines = ["external_id,email,consent,consent_ground,consent_at"]
    for place, number in enumerate(number.removesuffix(".0") for number in numbers):
        lines.append(f"{number},c{number}@example.com,{said[place % 3]},form at the till,2026-01-31")
    file = folder / "customers.csv"
    file.write_text("\n".join(lines))
    call_command("import_customers", str(file), tenant=slug, source="online_retail", stdout=StringIO())


@pytest.fixture
def caught(settings, tmp_path):
    """``caught()``: the mails so far, by address; each is taken once."""
    settings.EMAIL_URL = f"catcher:{tmp_path}"

    def read():
        found = {}
        for path in sorted(tmp_path.rglob("*.eml")):
            mail = message_from_bytes(path.read_bytes(), policy=policy.default)
            assert mail["To"] not in found, "somebody got a mail twice"
            found[mail["To"].addresses[0].addr_spec] = mail
            path.unlink()
        return found

    return read


def test_a_campaign_reaches_each_once_and_nobody_after_one_click(shop_owner, tenant, caught):
    page = shop_owner.page
    page.set_default_timeout(20_000)
    _build_the_segment(shop_owner)
    count, agreed = _asked_independently(tenant)
    assert count > len(agreed) > 1
    expect(page.get_by_text(f"{count} customers").first).to_be_visible()

    _launch(shop_owner, name="Come back", button=f"Send to {len(agreed)} people")
    _send(tenant)
    first, one = caught(), agreed[0]
    assert sorted(first) == agreed
    shop_owner.page.reload()
    expect(page.get_by_text(f"Sent to {len(agreed)} people.")).to_be_visible()

    way_out = re.search(r"<(https?://[^>]+)>", first[one]["List-Unsubscribe"])[1]
    assert first[one]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert _asked(shop_owner, way_out, headers=SCANNER) == 200
    assert _words(tenant, one) == [True]
    assert _asked(shop_owner, way_out, data=b"List-Unsubscribe=One-Click") == 200
    assert _words(tenant, one) == [True, False]

    _launch(shop_owner, name="Again", button=f"Send to {len(agreed) - 1} pe")
    _send(tenant)
    assert sorted(caught()) == agreed[1:]
    with tenancy.opened(tenant):
        assert Recipient.objects.count() == 2 * len(agreed) - 1


def _asked_independently(schema):
    """How many the segment means, and the addresses of those among them who agreed."""
    with tenancy.opened(schema), connection.cursor() as cursor:
        cursor.execute(INDEPENDENT, [timezone.now() - timedelta(days=60)])
        rows = cursor.fetchall()
    return len(rows), sorted(email for email, has_agreed in rows if has_agreed)


def _build_the_segment(visitor):
    page = visitor.page
    visitor.goes_to("/segments/new/")
    page.get_by_label("Name").fill("Once, and silent")
    _rule(page, "r.0", "orders_count", "equals", "1")
    page.locator("button[value='add:r']").click()
    _rule(page, "r.1", "last_order", "not_within_days", "60")
    expect(page.locator("#segment-live")).to_contain_text("not in the last")
    page.get_by_role("button", name="Save segment").click()
    page.wait_for_url(re.compile(r"/segments/[0-9a-f-]{36}/$"))


def _rule(page, path, field, way, value):
    """Choosing swaps the builder, so each choice is awaited."""
    for name, choice in (("field", field), ("is", way)):
        select = page.locator(f"[name='{name}:{path}']")
        if select.input_value() != choice:
            with page.expect_response(lambda answer: "part=builder" in answer.url):
                select.select_option(choice)
            expect(select).to_have_value(choice)
    page.locator(f"[name='value:{path}']").fill(value)


def _launch(visitor, *, name, button):
    page = visitor.page
    visitor.goes_to("/campaigns/new/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Who gets it").select_option(label="Once, and silent")
    page.get_by_role("button", name="Write the mail").click()
    page.get_by_label("Subject").fill("We miss you")
    page.get_by_role("button", name="Check and send…").click()
    expect(page.get_by_text(LEFT_OUT).first).to_be_visible()
    page.get_by_role("button", name=button).click()
    page.wait_for_url(re.compile(r"/campaigns/[0-9a-f-]{36}/$"))


def _send(schema):
    """As the workers do it: a turn of sending, then what follows the facts."""
    tasks.send_due(tenant=schema)
    _work(schema)


def _work(schema):
    with tenancy.opened(schema):
        while facts.work(at=timezone.now()):
            continue


def _told(name, ago, *, at):
    placed = at - timedelta(days=ago)
    return commerce.order(
        customer=commerce.buyer(f"{name}@example.com", first_name=name.title(), last_name="Ray"),
        ordered_at=placed,
        changed_at=placed,
    )


def _words(schema, email):
    """What somebody said about e-mail, oldest first."""
    with tenancy.opened(schema):
        said = Consent.objects.filter(contact__email=email, channel="email").order_by("happened_at", "pk")
        return list(said.values_list("is_given", flat=True))


def _asked(visitor, url, *, data=None, headers=None):
    """The status of a request without cookies, as a mail program or a scanner makes it."""
    parts, origin = urlsplit(url), urlsplit(visitor.origin)
    assert parts.netloc == origin.netloc
    target = f"http://127.0.0.1:{origin.port}{parts.path}"
    asked = urllib.request.Request(target, data, {"Host": parts.netloc, **(headers or {})})
    with urllib.request.urlopen(asked) as answer:
        return answer.status
