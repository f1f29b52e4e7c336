import subprocess

import pytest
from django.test import Client
from django.utils import timezone

from regulars.integrations.shop import connections, webhooks
from regulars.integrations.shop.models import Connection, ConnectionState
from regulars.platform import inbox, tenancy
from regulars.platform.models import Delivery
from regulars.tenants import endpoints
from tests.web.conftest import words


@pytest.fixture
def dead_letter(shop, tea_shop):
    """A delivery that nobody could read."""
    with tenancy.opened(tea_shop.schema_name):
        key = endpoints.url_of(connection_id=shop.pk).rstrip("/").rpartition("/")[2]
        door = endpoints.door(key)
    inbox.store(
        tenant=tea_shop.schema_name,
        kind=webhooks.KIND,
        endpoint_id=door.id,
        connection_id=shop.pk,
        topic="push broken",
        delivery_id="broken",
        headers={},
        body=b"{",
        at=timezone.now(),
    )
    Delivery.objects.filter(topic="push broken").update(
        dead_at=timezone.now(), error="<i>This is no JSON.</i>"
    )


class TestIndex:
    def test_leads_a_fresh_tenant_to_the_next_step(self, staff):
        assert "No shop is connected yet" in words(staff.get("/shops/"))

    def test_says_how_each_shop_is_doing(self, staff, shop, dead_letter):
        answer = staff.get("/shops/")

        [card] = answer.context["shops"]
        assert (card.name, card.dead, card.waiting) == ("Tea online", 1, 0)
        assert "1 shop needs you." in words(answer)

    def test_shows_how_far_the_reading_is_and_asks_again(self, staff, shop, tea_shop):
        with tenancy.opened(tea_shop.schema_name):
            connections.read_again(connection_id=shop.pk, changed_after=None, at=timezone.now())
            Connection.objects.get(pk=shop.pk).cursors.filter(kind="order").update(
                rows_done=1200, rows_expected=4000
            )

        shown = words(staff.get("/shops/"))

        assert "1,200 of 4,000" in shown
        assert 'hx-trigger="every 2s"' in shown


class TestNew:
    def test_shows_the_secret_of_a_push_once(self, staff, tea_shop):
        answer = staff.post("/shops/new/", {"kind": "push", "name": "My shop", "url": ""})
        with tenancy.opened(tea_shop.schema_name):
            [made] = connections.standing()
            secret = made.door().signing_secrets[0]

        first, second = words(staff.get(answer["Location"])), words(staff.get(answer["Location"]))

        assert secret in first
        assert secret not in second
        assert "/hooks/shop/" in second

    def test_explains_where_the_keys_are_made(self, staff):
        shown = words(staff.get("/shops/new/"))

        assert "Read/Write" in shown
        assert "REST API" in shown

    @pytest.mark.parametrize(
        "url", ["http://127.0.0.1/", "https://10.0.0.1", "https://localhost", "not an address"]
    )
    def test_refuses_an_address_that_is_none_of_a_shop(self, staff, tea_shop, url):
        answer = staff.post(
            "/shops/new/", {"kind": "woocommerce", "url": url, "key": "ck_1", "secret": "cs_2"}
        )

        assert answer.status_code == 422
        assert answer.context["form"].non_field_errors()
        assert "cs_2" not in words(answer)
        with tenancy.opened(tea_shop.schema_name):
            assert connections.standing() == []

    def test_wants_all_that_it_asks_for(self, staff):
        answer = staff.post("/shops/new/", {"kind": "woocommerce"})

        assert set(answer.context["form"].errors) == {"url", "key", "secret"}


class TestShow:
    def test_gives_reasons_for_what_could_not_be_used_and_tries_again(self, staff, shop, dead_letter):
        shown = words(staff.get(f"/shops/{shop.pk}/"))
        assert "&lt;i&gt;This is no JSON.&lt;/i&gt;" in shown

        answer = staff.post(f"/shops/{shop.pk}/replay/", follow=True)

        assert "1 delivery is tried again." in words(answer)
        assert Delivery.objects.get(topic="push broken").dead_at is None

    def test_changes_the_secret_and_shows_it_once(self, staff, shop, tea_shop):
        with tenancy.opened(tea_shop.schema_name):
            before = Connection.objects.get(pk=shop.pk).door().signing_secrets[0]

        first = words(staff.post(f"/shops/{shop.pk}/secret/", follow=True))

        with tenancy.opened(tea_shop.schema_name):
            after = Connection.objects.get(pk=shop.pk).door().signing_secrets[0]
        assert after != before
        assert after in first
        assert after not in words(staff.get(f"/shops/{shop.pk}/"))

    def test_asks_before_it_disconnects(self, staff, shop, tea_shop):
        assert "Customers and orders stay." in words(staff.get(f"/shops/{shop.pk}/disconnect/"))

        staff.post(f"/shops/{shop.pk}/disconnect/")

        with tenancy.opened(tea_shop.schema_name):
            assert Connection.objects.get(pk=shop.pk).state == ConnectionState.REMOVED
        assert staff.get(f"/shops/{shop.pk}/").status_code == 404

    def test_gives_an_example_that_the_door_accepts(self, staff, shop, tea_shop):
        """The lines are run by a shell; what they would post is what the door is asked about."""
        with tenancy.opened(tea_shop.schema_name):
            secret = Connection.objects.get(pk=shop.pk).door().signing_secrets[0]
        lines = staff.get(f"/shops/{shop.pk}/").context["example"].split("\n")
        hook_path = lines[5].split(" ")[3].removeprefix("http://localhost:8000")
        script = "\n".join([f"SECRET='{secret}'", *lines[1:5], 'printf "%s\\n" "$NOW" "$SIGNED" "$BODY"'])

        ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)

        moment, signed, body = ran.stdout.rstrip("\n").split("\n")
        answer = Client(headers={"host": "localhost"}).post(
            hook_path,
            body,
            content_type="application/json",
            headers={
                "webhook-id": "first-order",
                "webhook-timestamp": moment,
                "webhook-signature": f"v1,{signed}",
            },
        )
        assert answer.status_code == 200, answer.content
        while inbox.work(tenant=tea_shop.schema_name, at=timezone.now()):
            continue
        assert Delivery.objects.get(topic="push first-order").error == ""
        assert "#1" in words(staff.get("/orders/"))

    def test_knows_no_shop_of_another_tenant(self, staff, book_shop):
        with tenancy.opened(book_shop.schema_name):
            theirs = connections.connect(kind="push", name="Books", at=timezone.now())

        for path in ("", "disconnect/"):
            assert staff.get(f"/shops/{theirs.pk}/{path}").status_code == 404
        for path in ("replay/", "secret/", "disconnect/"):
            assert staff.post(f"/shops/{theirs.pk}/{path}").status_code == 404
