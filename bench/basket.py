"""The Download Manager over a basket of 100,000 files: its first page, its filters, everything ticked, a tick.

Beside each figure stands how long a bare loop of five million additions took just then: the machine's pace of the
minute. ``BENCH_EXPLAIN=1`` prints each statement of a page with its time.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench.zip import portal_database

if TYPE_CHECKING:
    from django.test import Client

    from archive.models import Product

FILES, OBSERVATIONS, SHARED = 100_000, 250, 80
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
ADDITIONS = 5_000_000
ALL = "?filters=1"
GROUP = "f.productSubGroupDescription"
PAGES = {
    "Minimum Recommended Products on": "?filters=1&f.productGroupDescription=Minimum+Recommended+Products",
    "off": ALL,
    "off, one folder open": f"{ALL}&open={{obsid}}",
    "off, UNCAL and CAL": f"{ALL}&{GROUP}=UNCAL&{GROUP}=CAL",
}
SUFFIXES = ("uncal", "rate", "rateints", "cal", "crf", "i2d", "gs-fg", "thumb")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="bench-basket-") as folder, portal_database(Path(folder)):
        obsid = fill()
        from django.test import Client

        client = Client(headers={"host": "localhost"})
        session = client.session
        session["basket"] = str(basket_of_everything())
        session.save()
        measure(client, obsid, "nothing ticked")
        timed("tick everything", lambda: client.post(f"/basket/ticks/{ALL}", {"tick": "all"}), rounds=1)
        measure(client, obsid, "everything ticked")
        timed("untick a folder", lambda: client.post(f"/basket/ticks/{ALL}", {"untick": f"observation:{obsid}"}))
    return 0


# The archive ---------------------------------------------------------------------------------------------------------


def fill() -> int:
    """Observations of 400 own files, a quarter of them exclusive; each lists 80 of its neighbour's; one's number."""
    from django.db import connection

    from archive.models import Listing, Observation, Product

    observations = [
        Observation(obsid=1001 + n, obs_collection="JWST", obs_id=f"jw01073-o{n:03d}_t001_nircam_clear-f200w",
                    calib_level=3, t_obs_release=59800.0 if n % 4 else 90000.0)
        for n in range(OBSERVATIONS)
    ]  # fmt: skip
    Observation.objects.bulk_create(observations)
    products = Product.objects.bulk_create((product(n) for n in range(FILES)), batch_size=5_000)
    listings = [
        Listing(parent_id=one.observation_id, own_id=one.observation_id, product=one,
                recommended=one.product_group == "I2D")
        for one in products
    ]  # fmt: skip
    for number, one in enumerate(products):
        if number % (FILES // OBSERVATIONS) < SHARED:
            neighbour = 1001 + (one.observation_id - 1000) % OBSERVATIONS
            listings.append(Listing(parent_id=neighbour, own_id=one.observation_id, product=one))
    Listing.objects.bulk_create(listings, batch_size=10_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(f"{len(products):,} files, {len(listings):,} entries, {OBSERVATIONS} observations", flush=True)
    return observations[0].obsid


def product(number: int) -> "Product":
    from archive.models import Held, Product

    place, suffix = number * OBSERVATIONS // FILES, SUFFIXES[number % len(SUFFIXES)]
    extension, category = {"thumb": (".jpg", "PREVIEW"), "gs-fg": (".fits", "AUXILIARY")}.get(
        suffix, (".fits", "SCIENCE")
    )
    name = f"jw01073{place:03d}001_02101_{number:06d}_nrca1_{suffix}{extension}"
    return Product(
        uri=f"mast:JWST/product/{name}", observation_id=1001 + place, filename=name, product_type=category,
        product_group=suffix.upper(), extension=extension, calib_level=1 + number % 3, size_bytes=20_000_000 + number,
        held=Held.YES, storage_key=f"bench/{number}", sha256="0" * 64, crc32=number,
    )  # fmt: skip


def basket_of_everything() -> object:
    from archive.models import Observation
    from basket.models import Basket, BasketObservation

    basket = Basket.objects.create()
    BasketObservation.objects.bulk_create(
        BasketObservation(basket=basket, observation_id=pk) for pk in Observation.objects.values_list("pk", flat=True)
    )
    return basket.token


# The questions -------------------------------------------------------------------------------------------------------


def measure(client: "Client", obsid: int, what: str) -> None:
    print(what)
    for name, query in PAGES.items():
        timed(name, partial(client.get, f"/basket/{query.format(obsid=obsid)}"))


def timed(name: str, ask: Callable[[], object], rounds: int = ROUNDS) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        ask()
        seconds.append(time.perf_counter() - started)
    print(f"  {name:40} {statistics.median(seconds):6.2f} s   (loop of additions {pace_s():.2f} s)", flush=True)
    if os.environ.get("BENCH_EXPLAIN"):
        with CaptureQueriesContext(connection) as caught:
            ask()
        for query in caught.captured_queries:
            print(f"    {query['time']} {query['sql'][:300]}")
            if float(query["time"]) > 0.1 and query["sql"].startswith("SELECT"):
                with connection.cursor() as cursor:
                    cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF) {query['sql']}")
                    print("\n".join(f"      {line}" for (line,) in cursor.fetchall()))


def pace_s() -> float:
    started = time.perf_counter()
    total = 0
    for number in range(ADDITIONS):
        total += number
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
