"""From rules to inbox: a segment is built, a campaign written and sent, and one click ends it for good."""

import re
import urllib.request
from datetime import timedelta
from email import message_from_bytes, policy
from urllib.parse import urlsplit

import pytest
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
    SELECT count(*) FROM (
        SELECT contact_id FROM commerce_order WHERE is_counted AND contact_id IS NOT NULL
        GROUP BY contact_id HAVING count(*) = 1 AND max(ordered_at) < %s
    ) AS once
"""
ONCE = ["ana", "bea", "cem", "dee", "eva"]  # bought once, long ago; dee said no, eva nothing
SCANNER = {"User-Agent": "Mozilla/5.0 (compatible; SafeLinks scanner)"}


@pytest.fixture
def tenant(shop_owner):
    """A shop with a verified sender, and customers of every kind."""
    now, schema = timezone.now(), shop_owner.tenant.schema_name
    days = [*((name, 90) for name in ONCE), ("fay", 90), ("fay", 200), ("gil", 5)]
    with tenancy.opened(schema):
        mails.sender(at=now)
        told = [_told(name, ago, at=now) for name, ago in days]
        orders.take_many(orders=told, source=commerce.source(origin="backfill"), at=now)
        for contact in Contact.objects.exclude(email="eva@example.com"):
            consent.say(
                contact=contact.pk,
                channel=Channel.EMAIL,
                is_given=contact.email != "dee@example.com",
                ground="form at the till",
                at=now,
            )
    _work(schema)
    return schema


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
    with tenancy.opened(tenant), connection.cursor() as cursor:
        cursor.execute(INDEPENDENT, [timezone.now() - timedelta(days=60)])
        (count,) = cursor.fetchone()
    assert count == len(ONCE)
    expect(page.get_by_text(f"{count} customers").first).to_be_visible()

    _launch(shop_owner, name="Come back", button="Send to 3 people")
    _send(tenant)
    first = caught()
    assert sorted(first) == ["ana@example.com", "bea@example.com", "cem@example.com"]
    shop_owner.page.reload()
    expect(page.get_by_text("Sent to 3 people.")).to_be_visible()

    way_out = re.search(r"<(https?://[^>]+)>", first["ana@example.com"]["List-Unsubscribe"])[1]
    assert first["ana@example.com"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert _asked(shop_owner, way_out, headers=SCANNER) == 200
    assert _words(tenant, "ana@example.com") == [True]
    assert _asked(shop_owner, way_out, data=b"List-Unsubscribe=One-Click") == 200
    assert _words(tenant, "ana@example.com") == [True, False]

    _launch(shop_owner, name="Again", button="Send to 2 people")
    _send(tenant)
    assert sorted(caught()) == ["bea@example.com", "cem@example.com"]
    with tenancy.opened(tenant):
        assert Recipient.objects.count() == 5


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
    expect(page.get_by_text("Do not want e-mail")).to_be_visible()
    expect(page.get_by_text("No consent to marketing e-mail")).to_be_visible()
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
