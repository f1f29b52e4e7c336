"""Campaigns: the list, writing, checking and sending."""

from django.urls import path

from regulars.web.views import campaign, campaigns

app_name = "campaigns"
urlpatterns = [
    path("", campaigns.index, name="index"),
    path("new/", campaigns.new, name="new"),
    path("audience/", campaign.audience, name="audience"),
    path("<uuid:campaign_id>/", campaign.show, name="show"),
    path("<uuid:campaign_id>/edit/", campaign.edit, name="edit"),
    path("<uuid:campaign_id>/letter/", campaign.letter, name="letter"),
    path("<uuid:campaign_id>/copy/", campaigns.copy, name="copy"),
    path("<uuid:campaign_id>/remove/", campaigns.remove, name="remove"),
    path("<uuid:campaign_id>/restore/", campaigns.restore, name="restore"),
]
