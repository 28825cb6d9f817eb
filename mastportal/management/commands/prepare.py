"""`manage.py prepare`: migrations, static files, sample archive; what `make run` does before it serves."""

from typing import Any

from django.core.management.base import BaseCommand

from mastportal.preparation import prepare


class Command(BaseCommand):
    help = "Bring the database, the static files and the sample archive up to date."

    def handle(self, *args: Any, **options: Any) -> None:
        prepare(self.stdout.write)
