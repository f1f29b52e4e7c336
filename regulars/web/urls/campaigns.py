"""Campaigns: the list, writing, checking and sending."""

from django.urls import path

from regulars.web.views import campaign, campaign_sending, campaigns

app_name = "campaigns"
urlpatterns = [
    path("", campaigns.index, name="index"),
    path("new/", campaigns.new, name="new"),
    path("audience/", campaign.audience, name="audience"),
    path("<uuid:campaign_id>/", campaign_sending.show, name="show"),
    path("<uuid:campaign_id>/edit/", campaign.edit, name="edit"),
    path("<uuid:campaign_id>/letter/", campaign.letter, name="letter"),
    path("<uuid:campaign_id>/check/", campaign_sending.check, name="check"),
    path("<uuid:campaign_id>/test/", campaign_sending.test, name="test"),
    path("<uuid:campaign_id>/launch/", campaign_sending.launch, name="launch"),
    path("<uuid:campaign_id>/pause/", campaign_sending.pause, name="pause"),
    path("<uuid:campaign_id>/resume/", campaign_sending.resume, name="resume"),
    path("<uuid:campaign_id>/cancel/", campaign_sending.cancel, name="cancel"),
    path("<uuid:campaign_id>/settle/", campaign_sending.settle, name="settle"),
    path("<uuid:campaign_id>/copy/", campaigns.copy, name="copy"),
    path("<uuid:campaign_id>/remove/", campaigns.remove, name="remove"),
    path("<uuid:campaign_id>/restore/", campaigns.restore, name="restore"),
]
