"""Our webhooks at a WooCommerce shop."""

from regulars.integrations.shop.connector import Genuine, Kind, Op
from regulars.integrations.shop.connectors import CONNECTORS
from regulars.integrations.shop.connectors.woocommerce import hooks

WOO = CONNECTORS["woocommerce"]
HOOK = "https://teashop.regulars.example/hooks/shop/k3y/"


class TestInstallWebhooks:
    def test_makes_one_for_every_topic_each_with_a_secret_of_its_own(self, door, shop):
        made = WOO.install_webhooks(door=door, hook_url=HOOK)

        present = shop.webhooks.hooks.values()
        assert [one.topic for one in made] == list(hooks.TOPICS)
        assert {hook["delivery_url"] for hook in present} == {HOOK}
        assert len({hook["secret"] for hook in present}) == len(hooks.TOPICS)

    def test_is_safe_to_repeat(self, door, shop):
        first = WOO.install_webhooks(door=door, hook_url=HOOK)

        assert WOO.install_webhooks(door=door, hook_url=HOOK) == first
        assert len(shop.webhooks.hooks) == len(hooks.TOPICS)

    def test_switches_on_again_what_seven_failures_switched_off(self, door, shop):
        WOO.install_webhooks(door=door, hook_url=HOOK)
        shop.webhooks.post = lambda url, headers, body: 500
        tin = shop.add_product()
        for _ in range(7):
            shop.place_order([(tin, 1)])
        shop.run_queue()
        topics = {hook["topic"]: hook["status"] for hook in shop.webhooks.hooks.values()}
        assert topics["order.created"] == "disabled"

        WOO.install_webhooks(door=door, hook_url=HOOK)

        assert {hook["status"] for hook in shop.webhooks.hooks.values()} == {"active"}

    def test_leaves_the_webhooks_of_others_alone(self, door, shop):
        shop.webhooks.create(topic="order.created", delivery_url="https://other.example/", secret="theirs")

        WOO.install_webhooks(door=door, hook_url=HOOK)

        assert shop.webhooks.hooks[1]["delivery_url"] == "https://other.example/"
        assert len(shop.webhooks.hooks) == len(hooks.TOPICS) + 1

    def test_makes_deliveries_that_the_door_takes(self, door, shop):
        WOO.install_webhooks(door=door, hook_url=HOOK)
        shop.webhooks.sent.clear()
        order_id = shop.place_order([(shop.add_product(), 2)], billing={"email": "ana@example.test"})
        shop.trash_order(order_id)
        shop.run_queue()

        found = {}
        for _, headers, raw, _ in shop.webhooks.sent:
            assert isinstance(WOO.verify(door=door, headers=headers, raw=raw, at=shop.now), Genuine)
            (change,) = WOO.parse(door=door, headers=headers, raw=raw)
            found[headers["X-WC-Webhook-Topic"]] = (change.kind, change.op)

        assert found == {
            "product.created": (Kind.PRODUCT, Op.CHANGED),
            "order.created": (Kind.ORDER, Op.CHANGED),
            "order.deleted": (Kind.ORDER, Op.DELETED),
        }
