"""The web process."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "regulars.settings.dev")  # noqa: TID251

application = get_wsgi_application()

# Read the URLs now: with `gunicorn --preload` once for all workers, and never in somebody's first request.
for urls in ("regulars.urls_public", "regulars.urls_tenant"):
    get_resolver(urls).url_patterns  # noqa: B018 (a property that imports)
