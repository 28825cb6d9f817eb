"""Cone and footprint search of a million rows against q3c, pgSphere and the same SQL sent without Django."""

import os
import signal
import sys
import tempfile

import psycopg

from bench.scratch_postgres import MissingExtensionsError, scratch_postgres

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server and its folder go away then too
    try:
        with scratch_postgres(["q3c", "pg_sphere"]) as url, tempfile.TemporaryDirectory() as home:
            os.environ |= {"DATABASE_URL": url, "PORTAL_HOME": home, "DJANGO_SETTINGS_MODULE": "mastportal.settings"}
            run(url)
    except MissingExtensionsError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def run(url: str) -> None:
    import django

    django.setup()  # only now: the settings read the address of the server above
    from bench.sky_rows import fill
    from bench.sky_searches import compare

    with psycopg.connect(url, autocommit=True) as peer:
        fill(peer, ROWS)
        compare(peer, ROWS)


if __name__ == "__main__":
    sys.exit(main())
