"""``manage.py mirror``: hold what another archive holds. See docs/storage.md."""

import sys

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from archive.mirroring import MirrorReport, hold_listed
from archive.models import Product
from archive.storage import archive_storage
from archive.storage.upstream import UpstreamStorage


class Command(BaseCommand):
    help = "Fetch listed files from the archive that STORAGE_URL names, and hold them. Again: goes on where it stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--mission", help="only files of this mission")
        parser.add_argument("--program", help="only files of this program")

    def handle(self, *args: object, **options: str | None) -> None:
        storage = archive_storage()
        if not isinstance(storage, UpstreamStorage):
            raise CommandError(
                f"STORAGE_URL is {settings.STORAGE_URL}: to mirror another archive, name its address there, "
                "as in https://archive.example.org"
            )
        columns = {"mission": "observation__obs_collection", "program": "observation__proposal_id"}
        chosen = {column: value for name, column in columns.items() if (value := options[name])}
        report = hold_listed(Product.objects.filter(**chosen), storage, settings.UPSTREAM_KEEP_BYTES, self._tell)
        for uri, cause in report.failures:
            self.stderr.write(f"{uri}: {cause}")
        self.stdout.write(str(report))
        if report.failures:
            sys.exit(1)

    def _tell(self, report: MirrorReport) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"{report}")
