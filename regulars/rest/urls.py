"""``/api/v1/``: no trailing slashes; whatever is not listed here answers 404 in the API's own words."""

from django.urls import path, re_path

from regulars.rest import customers, explorer, orders

app_name = "rest"
urlpatterns = [
    path("api/v1/customers", customers.CustomerList.as_view(), name="customers"),
    path("api/v1/customers/<uuid:customer_id>", customers.CustomerDetail.as_view(), name="customer"),
    path("api/v1/orders", orders.OrderList.as_view(), name="orders"),
    path("api/v1/orders/<uuid:order_id>", orders.OrderDetail.as_view(), name="order"),
    path("api/v1/openapi.json", explorer.Description.as_view(), name="openapi"),
    path("api/v1/docs", explorer.Reader.as_view(), name="docs"),
    re_path(r"^api(?:/|$)", explorer.Nothing.as_view(), name="nothing"),
]
