"""``manage.py digests``: tell of releases and write the digests that are due, now. The workers do it every 30 s."""

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from archive.clock import archive_now, machine_now
from archive.events import walk_releases
from notifications.digests import write_digests


class Command(BaseCommand):
    help = "Tell of releases and write the digests of the periods that have ended. The mail worker sends them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--at", metavar="TIME", help="as if it were this time (ISO 8601, UTC), to end periods early"
        )

    def handle(self, *args: object, **options: Any) -> None:
        files = walk_releases(archive_now())
        digests = write_digests(_moment(options["at"]) if options["at"] else machine_now())
        self.stdout.write(f"{files:,} files became public; {digests:,} digests written")


def _moment(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{text!r} is not a time such as 2026-04-22T14:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
