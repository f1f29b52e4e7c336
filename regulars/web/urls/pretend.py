"""Pages that take the place of Stripe's in development; nothing on a server."""

from django.urls import path

from regulars.web.views import pretend

app_name = "pretend"
urlpatterns = [
    path("checkout/<str:page_id>/", pretend.checkout, name="checkout"),
    path("portal/<str:page_id>/", pretend.portal, name="portal"),
]
