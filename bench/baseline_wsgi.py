"""The product's web process with ``bench.baseline_urls`` in the place of its own URLs."""

from django.conf import settings

from regulars.wsgi import application

settings.ROOT_URLCONF = settings.PUBLIC_URLCONF = "bench.baseline_urls"

__all__ = ["application"]
