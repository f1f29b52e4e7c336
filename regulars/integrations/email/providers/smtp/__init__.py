"""An SMTP server as the carrier of mail."""

from regulars.integrations.email.providers.smtp.server import Smtp as Smtp
