"""Wiring of the portal: settings, addresses, processes."""

from mastportal.celery import app as celery_app

__all__ = ["celery_app"]
