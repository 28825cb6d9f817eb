"""What the sky is told of a search with about 50,000 rows, and its MOC, on the portal's own embedded server.

Times of `/search/sky/` without its HTTP: the whole sky, a wide view, a narrow one; and of `/search/moc/`.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from mastportal.embedded.postgres import Postgres

#: One mission has 50,000 of them.
ROWS = int(os.environ.get("BENCH_ROWS", "77000"))
ROUNDS = 5
VIEWS = ("", "150,2,40", "150,2,2")
SEARCH = "collection=observations&obs_collection=JWST"


def main() -> int:
    with (
        tempfile.TemporaryDirectory(prefix="bench-coverage-", ignore_cleanup_errors=True) as home,
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

    from bench.search_rows import fill

    call_command("migrate", "archive", verbosity=0)
    with psycopg.connect(url, autocommit=True) as peer:
        fill(peer, ROWS)
    compare()


def compare() -> None:
    from django.http import QueryDict

    from archive.clock import archive_now
    from search.criteria import parse_criteria
    from search.narrowing import Narrowed
    from search.sky.moc import MAX_DRAWN_CELLS, MAX_ROWS, MocError, moc_of_search
    from search.sky.view import parse_view, seen_of

    criteria = parse_criteria(QueryDict(SEARCH))
    for at in VIEWS:
        times = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            told = seen_of(Narrowed.of(criteria, archive_now()).shown.order_by(), parse_view(at))
            times.append(time.perf_counter() - started)
        cells = len(told["coverage"]["cells"]) if "coverage" in told else 0
        view = f"{told['total']:,} rows, {told['in_view']:,} in view, {cells} cells"
        print(
            f"/search/sky/ at {at or 'the whole sky'}: {view}: "
            f"median {sorted(times)[ROUNDS // 2]:.3f} s, longest {max(times):.3f} s",
            flush=True,
        )
    started = time.perf_counter()
    try:
        moc = moc_of_search(criteria, archive_now(), MAX_DRAWN_CELLS)
    except MocError as error:
        print(f"/search/moc/ refuses more than {MAX_ROWS:,} rows: {error.text}")
        return
    words = f"order {moc.max_order}, {len(moc.uniq_hpx):,} cells"
    print(f"/search/moc/: {words}: {time.perf_counter() - started:.2f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
