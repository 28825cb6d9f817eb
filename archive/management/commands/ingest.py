"""``manage.py ingest <kind> <path>…``: bring tables into the holdings. See docs/ingest.md."""

import argparse
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import OperationalError

from archive.clock import archive_now
from archive.ingest import KINDS, IngestReport, Outcome, UnusableInputError, ingest, read_map
from archive.ingest.mapping import constants
from archive.ingest.progress import Bar, Lines, Progress
from archive.models import Held, Product
from archive.standins import write_stand_ins
from archive.storage import StorageError, archive_storage


class Command(BaseCommand):
    help = "Bring tables of observations, products, programs, names, plans or references into the holdings."
    #: `manage.py prepare` makes the checks; here they would import every page first.
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("kind", choices=list(KINDS), help="what the rows are")
        parser.add_argument("paths", nargs="+", type=Path, metavar="path", help="CSV, or gzipped CSV")
        parser.add_argument("--map", type=Path, metavar="FILE", help="a column map (TOML) for files with other columns")
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            type=_pair,
            metavar="COLUMN=VALUE",
            help="give every row this value, e.g. mission=HST",
        )
        parser.add_argument(
            "--rejects", type=Path, metavar="FILE", help="where rejected rows go (default: PORTAL_HOME/rejects/)"
        )
        parser.add_argument(
            "--stand-ins",
            action="store_true",
            help="after products: write a small valid FITS for every listed file that has no bytes here",
        )

    def handle(self, *args: object, **options: Any) -> None:
        paths: list[Path] = options["paths"]
        if options["rejects"] and len(paths) > 1:
            self._end(Outcome.UNUSABLE, "--rejects names one file: give one input with it")
        if options["stand_ins"] and options["kind"] != "products":
            self._end(Outcome.UNUSABLE, "--stand-ins are written for products: ingest products")
        outcomes = [self._ingest(path, options) for path in paths]
        if options["stand_ins"] and Outcome.UNUSABLE not in outcomes:
            self._write_stand_ins()
        worst = next((o for o in (Outcome.UNUSABLE, Outcome.SOME_REJECTED) if o in outcomes), Outcome.FINE)
        if worst is not Outcome.FINE:
            sys.exit(int(worst))

    def _ingest(self, path: Path, options: dict[str, Any]) -> Outcome:
        """One file; what comes of it is said in one last line."""
        try:
            with _progress(path.name) as progress:
                report = ingest(
                    options["kind"],
                    path,
                    now=archive_now(),
                    mapping=read_map(options["map"]) if options["map"] else None,
                    constants=constants(options["set"]),
                    reject_path=options["rejects"] or settings.PORTAL_HOME / "rejects" / f"{path.name}.rejected.csv",
                    progress=progress,
                )
        except UnusableInputError as error:
            self.stderr.write(f"not ingested: {error}")
            return Outcome.UNUSABLE
        except OSError as error:
            self.stderr.write(
                f"not ingested: {path}: {error.strerror or error} ({error.filename}); nothing was changed"
            )
            return Outcome.UNUSABLE
        except OperationalError as error:
            reason = str(error).strip().splitlines()[0]
            self.stderr.write(f"not ingested: the database does not serve: {reason}; nothing was changed")
            return Outcome.UNUSABLE
        except KeyboardInterrupt:
            self.stderr.write(f"interrupted: nothing of {path} was changed")
            sys.exit(130)
        self._tell(report)
        return report.outcome

    def _tell(self, report: IngestReport) -> None:
        for note in report.notes:
            self.stdout.write(f"{report.path.name}: {note}")
        self.stdout.write(report.summary())

    def _write_stand_ins(self) -> None:
        """Give every listed file without bytes a stand-in."""
        products = Product.objects.filter(held=Held.NOT_YET)
        total, done = products.count(), 0
        with _progress("stand-ins", unit="file") as progress:

            def finished(files: int) -> None:
                nonlocal done
                done += files
                progress.at(done, done, total)

            try:
                report = write_stand_ins(products, archive_storage(), finished)
            except StorageError as error:
                self._end(Outcome.UNUSABLE, f"stand-ins: the store takes no more: {error}; {done:,} were written")
        self.stdout.write(str(report))

    def _end(self, outcome: Outcome, text: str) -> NoReturn:
        self.stderr.write(text)
        sys.exit(int(outcome))


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is not COLUMN=VALUE")
    return name.strip(), value.strip()


@contextlib.contextmanager
def _progress(name: str, unit: str = "B") -> Iterator[Progress]:
    progress: Progress = Bar(name, sys.stderr, unit) if sys.stderr.isatty() else Lines(name, sys.stderr)
    try:
        yield progress
    finally:
        progress.close()
