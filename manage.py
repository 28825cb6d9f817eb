#!/usr/bin/env python
"""The portal's commands: ingest, sample, migrate and the rest."""

import os
import sys
from pathlib import Path

#: Commands that ask no database.
WITHOUT_DATABASE = {"", "help", "version", "check", "collectstatic", "findstatic", "diffsettings", "makemigrations"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mastportal.settings")
    from django.db import OperationalError

    from mastportal.embedded.errors import ServiceError

    try:
        run(sys.argv)
    except (ServiceError, OperationalError) as error:
        sys.exit(f"{Path(sys.argv[0]).name}: {str(error).strip().splitlines()[0]}")


def run(argv: list[str]) -> None:
    """Run a command; one that needs a database gets the embedded one when DATABASE_URL names no other."""
    import django
    from django.conf import settings
    from django.core.management import call_command, execute_from_command_line

    from mastportal.embedded.borrowing import borrowed_postgres

    command = argv[1] if len(argv) > 1 else ""
    if command in WITHOUT_DATABASE or {"-h", "--help", "--version"} & set(argv) or settings.DATABASE_URL:
        execute_from_command_line(argv)
        return
    with borrowed_postgres(settings.PORTAL_HOME, argv) as started:
        if started and command != "migrate":
            django.setup()
            call_command("migrate", verbosity=0, interactive=False)
        execute_from_command_line(argv)


if __name__ == "__main__":
    main()
