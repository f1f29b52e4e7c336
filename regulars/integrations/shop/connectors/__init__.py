"""Every kind of shop we connect to. The one place that knows all adapters."""

from collections.abc import Mapping

from regulars.integrations.shop.connector import Connector
from regulars.integrations.shop.connectors.push import Push
from regulars.integrations.shop.connectors.woocommerce import WooCommerce

CONNECTORS: Mapping[str, Connector] = {"woocommerce": WooCommerce(), "push": Push()}
