"""Rows of a small file, and what the tenant holds after it."""

from django.db.models import Sum

from regulars.crm_core.commerce.models import Order, OrderLine, Product, Refund, SaleEntry
from regulars.crm_core.customers.models import Contact, Link
from regulars.platform.facts.models import Fact

TEA = ("1", "tea", "Green tea", "2", "4.50", "2026-05-01", "7", "")
POT = ("1", "pot", "Pot", "1", "30", "2026-05-01", "7", "")
CUP = ("2", "cup", "Cup", "4", "2.25", "2026-06-01", "", "bo@example.com")
KINDS_OF_ROWS = (Contact, Link, Product, Order, OrderLine, Refund, SaleEntry, Fact)


def rows_of_everything():
    return {
        model.__name__: sorted(map(str, model.objects.order_by("pk").values_list()))
        for model in KINDS_OF_ROWS
    }


def spent(order):
    sums = SaleEntry.objects.filter(order__number=order).aggregate(Sum("amount"), Sum("base_amount"))
    return sums["amount__sum"], sums["base_amount__sum"]
