"""What is paid for."""

from django.urls import path

from regulars.web.views import billing

app_name = "billing"
urlpatterns = [
    path("", billing.index, name="index"),
    path("checkout/", billing.checkout, name="checkout"),
    path("portal/", billing.portal, name="portal"),
]
