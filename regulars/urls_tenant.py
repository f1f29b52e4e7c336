"""A tenant's site."""

from django.urls import include, path

from regulars.web.views import errors

urlpatterns = [
    path("", include("regulars.web.urls.home")),
    path("customers/", include("regulars.web.urls.customers")),
    path("orders/", include("regulars.web.urls.orders")),
    path("campaigns/", include("regulars.web.urls.campaigns")),
    path("segments/", include("regulars.web.urls.segments")),
    path("shops/", include("regulars.web.urls.shops")),
    path("more/", include("regulars.web.urls.more")),
    path("settings/email/", include("regulars.web.urls.email_settings")),
    path("caught-mail/", include("regulars.web.urls.caught")),
    path("billing/", include("regulars.web.urls.billing")),
    path("settings/people/", include("regulars.web.urls.team")),
    path("settings/keys/", include("regulars.web.urls.keys")),
    path("settings/data/", include("regulars.web.urls.data")),
    path("settings/", include("regulars.web.urls.settings")),
    path("search/", include("regulars.web.urls.search")),
    path("m/", include("regulars.integrations.email.urls")),
    path("preferences/", include("regulars.web.urls.preferences")),
    path("", include("regulars.web.urls.session")),
    path("", include("regulars.rest.urls")),
    path("", include("regulars.graphql.urls")),
]
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.broken
