from django.apps import AppConfig


class GraphqlConfig(AppConfig):
    name = "regulars.graphql"
    label = "graphql"
