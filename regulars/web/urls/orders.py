"""The orders of a tenant."""

from django.urls import path

from regulars.web.views import order, orders

app_name = "orders"
urlpatterns = [
    path("", orders.index, name="index"),
    path("<uuid:order_id>/", order.show, name="show"),
]
