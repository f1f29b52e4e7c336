"""One call of the outgoing client, as its tests make it."""

from regulars.platform import http


def get(url, **options):
    return http.request(method="GET", url=url, **options)
