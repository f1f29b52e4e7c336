from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from regulars.crm_core.commerce import rates
from regulars.crm_core.commerce.models import Order
from tests.crm_core.commerce.imports.written import rows_of_everything, spent


class TestAnotherMapping:
    """Orders of a wholesaler: names, a discount as a fraction, freight, several currencies, day first."""

    TOLD = {
        "source": "wholesale",
        "date_format": "%d/%m/%Y",
        "time_zone": "America/New_York",
        "delimiter": ";",
        "discount_is": "fraction",
        "columns": {
            "order": "OrderID",
            "ordered_at": "OrderDate",
            "customer": "CustomerID",
            "name": "ContactName",
            "email": "Email",
            "country": "Country",
            "sku": "ProductID",
            "title": "ProductName",
            "price": "UnitPrice",
            "quantity": "Quantity",
            "discount": "Discount",
            "shipping": "Freight",
            "currency": "Currency",
            "cost": "Cost",
        },
    }
    ROWS = (
        "10248;04/07/1996;VINET;Paul Henriot;paul@vinet.example;FR;11;Queso Cabrales;14;12;0;32.38;GBP;9",
        "10248;04/07/1996;VINET;Paul Henriot;paul@vinet.example;FR;42;Hokkien Mee;9.8;10;0.15;32.38;GBP;",
        "10249;05/07/1996;TOMSP;Karin Josephs;karin@tomsp.example;DE;14;Tofu;18.6;9;0.05;11.61;EUR;",
        "10250;08/07/1996;HANAR;Mario Pontes;mario@hanar.example;BR;41;Chowder;7.7;10;0;65.83;USD;",
    )

    @pytest.fixture
    def path(self, tmp_path):
        path = tmp_path / "northwind.csv"
        path.write_text("\n".join([";".join(self.TOLD["columns"].values()), *self.ROWS]) + "\n")
        return path

    def test_is_read_as_it_says(self, bring, path):
        rates.give(
            currency="EUR",
            rate=Decimal("0.80"),
            valid_from=datetime(1996, 7, 1, tzinfo=UTC).date(),
            at=timezone.now(),
        )

        bring(path=path, told=self.TOLD)

        french = Order.objects.get(number="10248")
        assert (french.total, french.discount, french.shipping) == (
            Decimal("168") + Decimal("83.3") + Decimal("32.38"),
            Decimal("14.7"),
            Decimal("32.38"),
        )
        assert french.ordered_at == datetime(1996, 7, 4, 4, tzinfo=UTC)
        contact = french.contact
        assert (contact.name, contact.email, contact.country_code) == (
            "Paul Henriot",
            "paul@vinet.example",
            "FR",
        )
        assert list(french.entries.order_by("key").values_list("key", "base_amount", "cost")) == [
            ("line:1", Decimal(168), Decimal(108)),
            ("line:2", Decimal("83.3"), None),
            ("shipping", Decimal("32.38"), None),
        ]
        german = Decimal("18.6") * 9 * Decimal("0.95") + Decimal("11.61")
        assert spent("10249") == (german, german * Decimal("0.8"))
        assert spent("10250") == (Decimal("142.83"), None)

    def test_stays_with_the_rate_an_order_was_booked_at(self, bring, path):
        day = datetime(1996, 7, 1, tzinfo=UTC).date()
        rates.give(currency="EUR", rate=Decimal("0.80"), valid_from=day, at=timezone.now())
        bring(path=path, told=self.TOLD)
        rates.give(currency="EUR", rate=Decimal("0.50"), valid_from=day, at=timezone.now())
        path.write_text(path.read_text().replace("18.6;9;0.05", "18.6;0;0.05").replace("11.61", "0"))

        taken = bring(path=path, told=self.TOLD)

        assert taken.changed == 1
        assert spent("10249") == (0, 0)

    def test_again_changes_nothing_at_all(self, bring, path):
        bring(path=path, told=self.TOLD)
        before = rows_of_everything()

        bring(path=path, told=self.TOLD)

        assert rows_of_everything() == before

    def test_of_another_source_makes_other_orders(self, bring, path):
        bring(path=path, told=self.TOLD)
        bring(path=path, told={**self.TOLD, "source": "another"})

        assert Order.objects.filter(number="10248").count() == 2
