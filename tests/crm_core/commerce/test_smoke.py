import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from regulars.crm_core.commerce import orders
from regulars.crm_core.commerce.models import SaleEntry
from tests.factories.commerce import NOON, line, order, source, refund
from decimal import Decimal
import time
pytestmark = pytest.mark.usefixtures("tenant")

def test_one():
    with CaptureQueriesContext(connection, ) as c:
        t = orders.take(order=order(lines=(line(), line(product="cup"), line(product="pot"))), source=source(), at=NOON)
    for q in c.captured_queries: print(q["sql"][:150])
    print(len(c.captured_queries), t)
    with CaptureQueriesContext(connection, ) as c:
        t = orders.take(order=order(lines=(line(), line(product="cup"), line(product="pot"))), source=source(), at=NOON)
    for q in c.captured_queries: print(q["sql"][:150])
    print(len(c.captured_queries), t)
    from dataclasses import replace
    many = [order(customer=replace(order().customer, email=f"a{i%600}@example.com"), lines=(line(), line(product=f"c{i%50}"), line(product=f"p{i%60}"))) for i in range(1000)]
    s = time.perf_counter(); orders.take_many(orders=many, source=source("backfill"), at=NOON); d = time.perf_counter()-s
    print(1000/d, "orders/s", SaleEntry.objects.count())
    assert 0
