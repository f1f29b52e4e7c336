"""Regulars: a CRM for small online shops. The rooms are described in docs/architecture.md."""

from regulars.celery import app as celery_app

__all__ = ["celery_app"]
