from datetime import timedelta
from decimal import Decimal

import pytest

from regulars.crm_core.commerce import products, rates
from regulars.crm_core.commerce.canonical import Gone, TakenProduct
from regulars.crm_core.commerce.models import Product
from regulars.platform import ids
from regulars.platform.facts.models import Fact
from tests.factories.commerce import NOON, source

EARLIER, LATER = NOON - timedelta(hours=1), NOON + timedelta(hours=1)
pytestmark = pytest.mark.usefixtures("tenant")


def take(*, at=NOON, **more):
    given = {"external_id": "7", "title": "Assam", "currency": "EUR", "changed_at": at, **more}
    return products.take(product=TakenProduct(**given), source=source(), at=at)


class TestTake:
    def test_makes_it_once(self):
        take(price=Decimal("4.50"), cost=Decimal("2"))
        take(price=Decimal("4.50"), cost=Decimal("2"))

        row = Product.objects.get()
        assert (row.title, row.price, row.unit_cost) == ("Assam", Decimal("4.5"), 2)
        assert Fact.objects.filter(name="product.cost_set").count() == 1

    def test_ignores_older_news(self):
        take(at=NOON)

        assert take(at=EARLIER, title="Old").title == "Assam"

    def test_leaves_a_cost_that_the_shop_does_not_tell(self):
        products.set_cost(product=take().pk, unit_cost=Decimal(2), at=NOON)

        assert take(at=LATER, title="Assam 100 g").unit_cost == 2

    def test_keeps_cost_in_the_tenants_currency(self):
        assert take(currency="USD", cost=Decimal(2)).unit_cost is None

        rates.give(currency="USD", rate=Decimal("0.5"), valid_from=NOON.date(), at=NOON)
        assert take(currency="USD", cost=Decimal(2), at=LATER).unit_cost == 1


class TestSetCost:
    @pytest.mark.parametrize("cost", [Decimal(-1), Decimal("NaN"), Decimal(10) ** 16])
    def test_refuses_what_is_no_cost_and_changes_nothing(self, cost):
        row = take()

        with pytest.raises(products.BadCost):
            products.set_cost(product=row.pk, unit_cost=cost, at=NOON)

        row.refresh_from_db()
        assert row.unit_cost is None

    def test_refuses_an_unknown_product(self):
        with pytest.raises(products.UnknownProduct):
            products.set_cost(product=ids.new(), unit_cost=None, at=NOON)

    def test_can_be_taken_back(self):
        row = take(cost=Decimal(2))

        assert products.set_cost(product=row.pk, unit_cost=None, at=NOON).unit_cost is None


class TestGone:
    def gone(self, *, changed_at=LATER):
        told = Gone(kind="product", external_id="7", changed_at=changed_at)
        products.gone(gone=told, source=source(), at=LATER)

    def test_takes_it_off_the_shelf_until_it_is_told_of_anew(self):
        take()
        self.gone()

        row = Product.objects.get()
        assert (row.gone_at, row.is_published) == (LATER, False)
        assert take(at=NOON).gone_at == LATER
        assert take(at=LATER + timedelta(hours=1)).gone_at is None

    def test_ignores_older_news_and_unknown_products(self):
        self.gone()
        take(at=NOON)
        self.gone(changed_at=EARLIER)

        assert Product.objects.get().gone_at is None
