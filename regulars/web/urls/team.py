"""Who belongs to a workspace."""

from django.urls import path

from regulars.web.views import team

app_name = "team"
urlpatterns = [
    path("", team.index, name="index"),
    path("invite/", team.invite, name="invite"),
    path("invitations/<uuid:invitation_id>/withdraw/", team.withdraw, name="withdraw"),
    path("<int:membership_id>/", team.member, name="member"),
    path("<int:membership_id>/remove/", team.remove, name="remove"),
]
