"""``/graphql/``, on the public host and on every tenant's."""

from django.urls import path

from regulars.graphql import views

app_name = "graphql"
urlpatterns = [path("graphql/", views.graphql, name="graphql")]
