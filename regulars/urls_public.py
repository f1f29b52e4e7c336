"""The public site, the doors on any host, and REST where the key names the tenant."""

from django.urls import include, path

from regulars.web.views import errors, session

urlpatterns = [
    path("", include("regulars.web.urls.public")),
    path("", include("regulars.web.urls.health")),
    path("pretend/", include("regulars.web.urls.pretend")),
    path("preferences/", include("regulars.web.urls.preferences")),
    path("sign-out/", session.leave_public, name="sign_out"),
    path("hooks/stripe/", include("regulars.billing.urls")),
    path("hooks/shop/", include("regulars.integrations.shop.urls")),
    path("", include("regulars.rest.urls")),
    path("", include("regulars.graphql.urls")),
]
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.broken
