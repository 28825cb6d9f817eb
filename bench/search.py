"""Pages, counts and facets over a million observations, on the portal's own embedded server and in its own code.

Ratios: facets in one pass against a query a facet; a late page by its key against OFFSET and against the first page.
Of cones of about 10,000 rows: the page and the panel, as the portal answers them, against the bare statement.
Times: what the server needs for the page and for the filters panel of results of about 10,000 rows, and to suggest.
"""

import os
import sys
import tempfile
from pathlib import Path

import psycopg

from mastportal.embedded.postgres import Postgres

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))


def main() -> int:
    with (
        tempfile.TemporaryDirectory(prefix="bench-search-", ignore_cleanup_errors=True) as home,
        Postgres(Path(home), durable=False).running() as server,
    ):
        own = {"DATABASE_URL": server.url, "PORTAL_HOME": home, "DJANGO_SETTINGS_MODULE": "mastportal.settings"}
        os.environ |= own
        run(server.url)
    return 0


def run(url: str) -> None:
    import django

    django.setup()  # only now: the settings read the address of the server above
    from django.core.management import call_command

    from bench.search_cones import compare_cones
    from bench.search_rows import fill
    from bench.search_timing import compare

    call_command("migrate", verbosity=0)
    with psycopg.connect(url, autocommit=True) as peer:
        fill(peer, ROWS)
    compare(ROWS)
    compare_cones(ROWS)


if __name__ == "__main__":
    sys.exit(main())
