"""Cross-match of 10,000 targets with a million observations, against one cone search a target."""

import os
import signal
import sys
import tempfile
import time
import uuid

import numpy as np
import psycopg

from bench.scratch_postgres import MissingExtensionsError, scratch_postgres

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
TARGETS = int(os.environ.get("BENCH_TARGETS", "10000"))
#: Targets that are asked one by one, for the comparison.
ONE_BY_ONE = 200


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server and its folder go away then too
    try:
        with scratch_postgres([]) as url, tempfile.TemporaryDirectory() as home:
            os.environ |= {"DATABASE_URL": url, "PORTAL_HOME": home, "DJANGO_SETTINGS_MODULE": "mastportal.settings"}
            run(url)
    except MissingExtensionsError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def run(url: str) -> None:
    import django

    django.setup()  # only now: the settings read the address of the server above
    with psycopg.connect(url, autocommit=True) as peer:
        centres = fill(peer)
    own = target_list(centres)
    for radius_arcsec in (2.0, 30.0, 120.0):
        compare(own, radius_arcsec)


def fill(peer: psycopg.Connection) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """A million observations with their covers, in the order of a bulk load; their centres, shape (n, 2), degrees."""
    from django.core.management import call_command

    from archive.sky import sky_covers
    from bench.sky_rows import COVER_COLUMNS, is_plain_text, synthetic_fields

    call_command("migrate", verbosity=0)
    from archive.models import Observation

    words = [field.name for field in Observation._meta.concrete_fields if is_plain_text(field.name)]
    names = ["obsid", "s_ra", "s_dec", *COVER_COLUMNS]
    for (name,) in peer.execute(
        "SELECT indexname FROM pg_indexes"
        " WHERE tablename = 'archive_observation' AND indexname <> 'archive_observation_pkey'"
    ).fetchall():
        peer.execute(f'DROP INDEX "{name}"')  # only the boxes are searched here
    peer.execute(f"CREATE TEMPORARY TABLE loaded AS SELECT {', '.join(names)} FROM archive_observation")
    kept, copied = [], 0
    with peer.cursor().copy("COPY loaded FROM STDIN") as copy:
        for centres, corners in synthetic_fields(np.random.default_rng(20261124), ROWS):
            rings = corners.reshape(-1, 8).tolist()
            regions = ["POLYGON ICRS " + " ".join(f"{n:.9f}" for n in ring) for ring in rings]
            batch = [(ra, dec, region) for (ra, dec), region in zip(centres.tolist(), regions, strict=True)]
            for row, cover in zip(batch, sky_covers(batch), strict=True):
                copy.write_row((copied, *row[:2], *(getattr(cover, name) for name in COVER_COLUMNS)))
                copied += 1
            kept.append(centres)
    listed, blanks = ", ".join(names), ", ".join(["''"] * (len(words) + 1))
    peer.execute(
        f"INSERT INTO archive_observation ({listed}, {', '.join([*words, 's_region'])}, obsid_assigned, calib_level) "
        f"SELECT {listed}, {blanks}, false, 2 FROM loaded ORDER BY hpx"
    )
    from importlib import import_module

    peer.execute(import_module("archive.migrations.0002_sky_search").BOX_INDEX)
    peer.execute("VACUUM ANALYZE archive_observation")
    print(f"{copied:,} observations", flush=True)
    return np.concatenate(kept)


def target_list(centres: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> object:
    """One target in twenty lies near an observation, the others anywhere: a catalogue of the whole sky."""
    from archive.clock import machine_now
    from search.models import RowState, TargetList, TargetRow

    rng = np.random.default_rng(20261124)
    fields = np.unique(np.round(centres, 1), axis=0)  # each place once, however often it was observed
    near = fields[rng.choice(len(fields), TARGETS // 20)]
    count = TARGETS - len(near)
    anywhere = np.column_stack([rng.uniform(0, 360, count), np.degrees(np.arcsin(rng.uniform(-1, 1, count)))])
    positions = np.concatenate([near, anywhere])
    positions[:, 0] %= 360
    positions[:, 1] = np.clip(positions[:, 1], -90, 90)
    now = machine_now()
    own = TargetList.objects.create(token=uuid.uuid4(), name="targets", format="CSV", created_at=now, used_at=now)
    rows = [
        TargetRow(target_list=own, number=n, line=n, state=RowState.RESOLVED, ra_deg=ra, dec_deg=dec, cells=[])
        for n, (ra, dec) in enumerate(positions.tolist(), start=1)
    ]
    TargetRow.objects.bulk_create(rows, batch_size=2000)
    return own


def compare(own: object, radius_arcsec: float) -> None:
    """One statement for all targets, and what it would take one by one; the same pairs for those that were asked."""
    from archive.clock import machine_now
    from archive.models import Observation
    from archive.sky import in_cone
    from search.lists.crossmatch import CrossMatchError, cross_match
    from search.models import CrossMatchPair, TargetList

    assert isinstance(own, TargetList)
    started = time.perf_counter()
    try:
        match = cross_match(own, radius_arcsec, None, machine_now())
    except CrossMatchError as error:
        print(f"{radius_arcsec:g}″: {error.text} after {time.perf_counter() - started:.1f} s", flush=True)
        return
    seconds = time.perf_counter() - started
    chosen = own.rows.order_by("?").values_list("number", "ra_deg", "dec_deg")[:ONE_BY_ONE]
    asked = [(number, ra or 0.0, dec or 0.0) for number, ra, dec in chosen]
    started = time.perf_counter()
    singly = {
        (number, obsid)
        for number, ra, dec in asked
        for obsid in in_cone(Observation.objects.all(), ra, dec, radius_arcsec / 3600).values_list("obsid", flat=True)
    }
    each_s = (time.perf_counter() - started) / ONE_BY_ONE
    pairs = CrossMatchPair.objects.filter(cross_match=match, number__in=[number for number, _, _ in asked])
    assert set(pairs.values_list("number", "observation_id")) == singly
    print(
        f"{radius_arcsec:g}″: {TARGETS:,} targets, {match.pairs:,} pairs, {match.targets_matched:,} matched: "
        f"{seconds:.1f} s; one by one {each_s * TARGETS:.1f} s",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
