"""The public site."""

from django.urls import path

from regulars.web.views import forgotten, invitation, public

app_name = "public"
urlpatterns = [
    path("", public.landing, name="landing"),
    path("plans/", public.plans, name="plans"),
    path("sign-up/", public.sign_up, name="sign_up"),
    path("sign-up/preparing/", public.preparing, name="preparing"),
    path("sign-in/", public.sign_in, name="sign_in"),
    path("workspaces/", public.choose_workspace, name="choose_workspace"),
    path("forgotten/", forgotten.ask, name="forgotten"),
    path("new-password/", forgotten.renew, name="new_password"),
    path("invitation/", invitation.show, name="invitation"),
    path("find-workspace/", public.find_workspace, name="find_workspace"),
]
