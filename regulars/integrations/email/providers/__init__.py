"""Who carries mail away, by ``EMAIL_URL``: an SMTP server, or a folder that keeps what would be sent."""

from functools import cache

from django.conf import settings

from regulars.integrations.email.provider import Provider
from regulars.integrations.email.providers.catcher import Catcher
from regulars.integrations.email.providers.smtp import Smtp


def provider() -> Provider:
    """The one that the settings name."""
    return _of(settings.EMAIL_URL)


@cache
def _of(url: str) -> Provider:
    return Catcher.of(url) if url.startswith("catcher:") else Smtp.of(url)
