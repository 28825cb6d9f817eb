"""``manage.py sample``: build the sample archive. See docs/sample.md."""

import sys

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from archive.clock import archive_now
from archive.ingest import UnusableInputError
from archive.sample.build import SampleError, build_sample
from archive.storage import StorageError, archive_storage


class Command(BaseCommand):
    help = (
        "Build the sample archive: about 1,600 observations of JWST and HST with small files. Again: changes nothing."
    )
    #: `manage.py prepare` makes the checks; here they would import every page first.
    requires_system_checks = ()

    def handle(self, *args: object, **options: object) -> None:
        try:
            report = build_sample(archive_storage(), archive_now(), self._tell)
        except (SampleError, UnusableInputError, StorageError) as error:
            raise CommandError(f"the sample archive was not built: {error}") from error
        except OperationalError as error:
            reason = str(error).strip().splitlines()[0]
            raise CommandError(f"the sample archive was not built: the database does not serve: {reason}") from error
        self.stdout.write(str(report))

    def _tell(self, step: str) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"sample archive: {step}")
